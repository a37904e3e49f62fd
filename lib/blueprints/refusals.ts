import { rolesWith } from '#lib/access/actor.ts'
import { rolesText } from '#lib/access/words.ts'
import type { BlueprintProblem } from '#lib/blueprints/read.ts'
import type { OpenWork } from '#lib/blueprints/store.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'

/** "line 12, column 7, spec.services[0].kind: …": first where, then what. */
const sentence = (p: BlueprintProblem): string => `line ${p.line}, column ${p.column}${p.path ? `, ${p.path}` : ''}: ${p.message}${p.allowed && !p.message.includes('allowed') ? ` (allowed: ${p.allowed.join(', ') || 'none'})` : ''}`

const summary = (problems: readonly BlueprintProblem[]): string => {
  const [first] = problems
  const more = problems.length - 1
  return first ? `${sentence(first)}${more > 0 ? `; and ${more} more` : ''}` : ''
}
const listed = (code: string, problems: readonly BlueprintProblem[], text = 'yaml') => ({ field: problems[0]?.path || text, unmet: problems.map((p) => ({ ...unmet(code, sentence(p)), at: { line: p.line, column: p.column } })) })

export const invalid = (problems: readonly BlueprintProblem[]): AppError => new AppError('invalid_input', `the blueprint cannot be read: ${summary(problems)}`, listed('blueprint', problems))

/** Rules given by themselves, as an `analysis` section. */
export const invalidRules = (problems: readonly BlueprintProblem[]): AppError => new AppError('invalid_input', `the rules cannot be read: ${summary(problems)}`, listed('rules', problems, 'rules'))

export const impossible = (problems: readonly BlueprintProblem[]): AppError => new AppError('unprocessable', `the blueprint has a policy that nobody can meet: ${summary(problems)}`, listed('unsatisfiable_policy', problems))

export const planMoved = (application: string): AppError => new AppError('plan_changed', `the blueprint of ${application}, or this text, is not what the plan was made from; plan again and look at the changes`, { field: 'planHash' })

export const locatorTaken = (taken: readonly { key: string; owner: string }[]): AppError =>
  refused(
    `a place belongs to one target: ${taken.map((t) => `${t.key} is ${t.owner}`).join('; ')}`,
    taken.map((t) => unmet('locator_taken', `${t.key} belongs to ${t.owner}`, 'admin')),
  )

const who = { rollout: rolesText([...rolesWith('operate'), 'on_call']), promotion: `${rolesText(rolesWith('approve'))}, or who asked for it` }
export const workIsOpen = (application: string, open: readonly OpenWork[]): AppError =>
  refused(
    `${application} has open work where this blueprint removes or moves something; let it end, or abort or cancel it`,
    open.map((o) => unmet(`open_${o.kind}`, `${o.label}: ${o.kind} ${o.id} is ${o.state}`, who[o.kind])),
  )
