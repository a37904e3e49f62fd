import { apply } from './blueprints.ts'
import { api, control, people, until, writesTo } from './product.ts'

/** By 10 and 50 to 100, each baked. */
const canary = '{ setWeight: 10 }, { bake: 10m }, { setWeight: 50 }, { bake: 10m }, { setWeight: 100 }, { bake: 10m }'
/** To 100% at once: for journeys that are about what comes after. */
export const straight = '{ setWeight: 100 }, { bake: 10m }'

const approvals = (count: number) => `      approvals: [{ name: release managers, count: ${count}, roles: [release_manager], exclude: [requester], expiresAfter: 72h }]\n`

const errorSpike = '{ name: error spike, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }, mode: rollback }'

const blueprint = (slug: string, steps: string, rules: string, approvals = '') => `
apiVersion: sluice/v1
kind: Application
metadata: { name: ${slug}, title: ${slug}, owner: journeys }
spec:
  services: [{ name: api, kind: service, repository: us-docker.pkg.dev/${slug}/api }]
  environments:
    - name: production
      tier: production
      start: auto
      onNewer: queue
      strategy: steps
${approvals}      targets:
        - service: api
          cloudRun: { project: ${slug}, region: us-central1, service: ${slug}-api }
          metrics: { source: cloud-monitoring }
  strategies:
    - name: steps
      steps: [{ deploy: { tag: next } }, ${steps}]
      analysis:
        notEnoughData: { after: 30m, then: ask }
        cannotMeasure: { after: 10m, then: ask }
        rules: [${rules}]
`

type Rollout = { id: string; state: string; version: number; stepIndex: number; steps: { plan: { kind: string }; run: { startedAt: string | null; trafficAt: string | null }; plannedEndAt: string | null }[]; now: string; split: { observed: Record<string, number> }; candidate: { revision: string } | null; stable: { revision: string } | null; endedAt: string | null; holdReason?: { code: string; message: string } | null }

/** An application of one service that ships without approval: whatever a journey does to it, no other journey sees. */
export class Canary {
  readonly slug: string
  readonly service: string
  targetId = ''
  readonly #steps: string
  readonly #rules: string

  constructor(name: string, steps = canary, rules = errorSpike) {
    this.#steps = steps
    this.#rules = rules
    this.slug = `${name}-${Date.now().toString(36)}`
    this.service = `projects/${this.slug}/locations/us-central1/services/${this.slug}-api`
  }

  /** Applies the blueprint and brings a first release to 100%, where it is proven. */
  async begin(): Promise<void> {
    await apply(blueprint(this.slug, this.#steps, this.#rules))
    const { body } = await api(people.viewer, 'GET', `/applications/${this.slug}`)
    this.targetId = (body['environments'] as { targets: { id: string }[] }[])[0]?.targets[0]?.id ?? ''
    await this.drive(await this.ship('v1.0.0'), (r) => r.state === 'succeeded')
  }

  /** From now on production asks for one approval, or more. */
  guard(count = 1): Promise<void> {
    return apply(blueprint(this.slug, this.#steps, this.#rules, approvals(count)))
  }

  /** Names a version; answers the release. */
  async release(version: string): Promise<string> {
    const made = await api(people.developer, 'POST', '/releases', { application: this.slug, version, commit: '9d12ce8', artifacts: [{ service: 'api', image: `us-docker.pkg.dev/${this.slug}/api:${version}` }] })
    if (made.status !== 201) throw new Error(JSON.stringify(made.body))
    return String(made.body['id'])
  }

  /** Releases a version and asks for production; answers the promotion. */
  async ask(version: string): Promise<string> {
    const asked = await api(people.developer, 'POST', '/promotions', { release: await this.release(version), environment: 'production' })
    if (asked.status !== 201) throw new Error(JSON.stringify(asked.body))
    return String(asked.body['id'])
  }

  rolloutOf(promotion: string): Promise<string> {
    return until('the rollout', async () => ((await api(people.viewer, 'GET', `/promotions/${promotion}`)).body['rollouts'] as string[])[0] ?? false)
  }

  /** Releases a version and promotes it; answers its rollout. */
  async ship(version: string): Promise<string> {
    return this.rolloutOf(await this.ask(version))
  }

  async rollout(id: string): Promise<Rollout> {
    return (await api(people.viewer, 'GET', `/rollouts/${id}`)).body as unknown as Rollout // the contract's shape, as an outside caller relies on it
  }

  /** Lets the rollout run, moving the clock to the end of each bake, until it is where the journey wants it. */
  drive(id: string, there: (r: Rollout) => boolean): Promise<Rollout> {
    let movedTo = 0
    return until(`rollout ${id}`, async () => {
      const r = await this.rollout(id)
      if (there(r)) return r
      // The product remembers its time for half a second: what was moved already is not moved again.
      const leftMs = Date.parse(r.now) < movedTo ? 0 : bakeLeftMs(r)
      if (leftMs > 0) {
        await control('clock', { advanceMs: leftMs })
        movedTo = Date.parse(r.now) + leftMs
      }
      return false
    })
  }

  /** A second version at 10%, baking. */
  async atTenPercent(version: string): Promise<Rollout> {
    return this.reachTenPercent(await this.ship(version))
  }

  reachTenPercent(id: string): Promise<Rollout> {
    return this.drive(id, (r) => isBaking(r) && Object.values(r.split.observed).includes(10))
  }

  async live(): Promise<Record<string, number>> {
    return ((await api(people.viewer, 'GET', `/targets/${this.targetId}?fresh=1`)).body['live'] as { split: Record<string, number> }).split
  }

  /** Numbers of the writes that the emulated cloud has received for its service. */
  async writes(): Promise<number[]> {
    return (await writesTo(`${this.slug}-api`)).map((w) => w.seq)
  }
}

const stepOf = (r: Rollout) => r.steps[r.stepIndex]
const isBaking = (r: Rollout) => r.state === 'running' && stepOf(r)?.plan.kind === 'bake' && stepOf(r)?.run.startedAt !== null

/** Until this bake is over and the emulated source, a second late, has shown all of it; 0 when there is nothing to wait for. */
function bakeLeftMs(r: Rollout): number {
  const end = stepOf(r)?.plannedEndAt
  return isBaking(r) && end ? Math.max(0, Date.parse(end) + 2_000 - Date.parse(r.now)) : 0
}
