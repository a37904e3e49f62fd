import { readFileSync } from 'node:fs'
import { api, people } from './product.ts'

/** Convergence as shipped, at the pace of a test: bakes and soak of seconds, data asked for as usual. */
export function quickConvergence(): string {
  return readFileSync('blueprints/convergence.yaml', 'utf8').replaceAll(/bake: \d+m/g, 'bake: 4s').replace(/soak: \w+/, 'soak: 1s').replace('within: 500ms', 'within: 5s')
}

export async function apply(yaml: string): Promise<void> {
  const plan = await api(people.admin, 'POST', '/blueprints/plan', { yaml })
  if (plan.status !== 200) throw new Error(JSON.stringify(plan.body))
  const done = await api(people.admin, 'POST', '/blueprints/apply', { yaml, planHash: plan.body['planHash'] })
  if (done.status !== 200) throw new Error(JSON.stringify(done.body))
}
