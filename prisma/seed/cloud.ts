import { protos } from '@google-cloud/run'
import { generatedRevision } from '#emulator/run/names.ts'
import { startEmulator } from '#emulator/server.ts'
import { type RunClients, runClients } from '#lib/drivers/cloud-run/client.ts'
import { serviceName } from '#lib/drivers/cloud-run/driver.ts'
import { nextTemplate } from '#lib/drivers/cloud-run/template.ts'
import { emulatedRegistry } from '#lib/drivers/oci-registry/google.ts'
import { isBadReference, parseImageRef } from '#lib/drivers/oci-registry/reference.ts'
import { rolloutLabel } from '#lib/targets/observe.ts'
import type { Scenes, ScenePress, SceneRollout } from '#prisma/seed/scenes.ts'

const byRevision = protos.google.cloud.run.v2.TrafficTargetAllocationType.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION

type Act = { atMs: number } & ({ kind: 'deploy' | 'serve'; rollout: SceneRollout } | { kind: 'press'; press: ScenePress })

/**
 * Makes the emulated cloud agree with the history: every deployment of it, in its order and dated by it, through the
 * official client. Runs an emulator of its own on the port where the real one will be (addresses carry the port), with
 * the emulator's own clock, so that product time stays where it is. Answers the revision's name of each rollout.
 */
export async function seedCloud(all: readonly Scenes[], options: { port: number; dataFolder: string }): Promise<Map<string, string>> {
  const emulator = await startEmulator({ port: options.port, dataDir: options.dataFolder })
  const at = { host: '127.0.0.1', port: emulator.port }
  const clients = await runClients({ kind: 'emulator', ...at })
  const control = (method: string, what: string, body?: unknown) => controlOf(at.port, method, what, body)
  const cloud = new SeedCloud(clients)
  try {
    const acts = all.flatMap(actsOf).toSorted((a, b) => a.atMs - b.atMs)
    await cloud.clear(acts)
    await resolveImages(all, emulator.port)
    for (const act of acts) {
      await control('POST', 'clock', { offsetMs: Math.round(act.atMs - Date.now()) })
      await cloud.perform(act)
    }
    await cloud.confirm()
  } finally {
    await control('POST', 'clock', { reset: true })
    await control('DELETE', 'calls')
    await Promise.all([clients.services.close(), clients.revisions.close()])
    await emulator.close()
  }
  return cloud.revisions
}

async function controlOf(port: number, method: string, what: string, body?: unknown): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/_control/${what}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
  if (!answer.ok) throw new Error(`the emulator refused ${what}: ${await answer.text()}`)
}

function actsOf({ promotions, presses }: Scenes): Act[] {
  return [
    ...promotions.flatMap((p) => p.rollouts).flatMap((rollout): Act[] => {
      const fullMs = rollout.story.writes.findLast((w) => w.percent === 100)?.atMs ?? rollout.story.endMs
      return [{ kind: 'deploy', atMs: rollout.story.deployedMs, rollout }, ...(rollout.story.state === 'succeeded' ? [{ kind: 'serve' as const, atMs: fullMs + 1, rollout }] : [])]
    }),
    ...presses.map((press): Act => ({ kind: 'press', atMs: press.atMs + 2000, press })),
  ]
}

/** The registry knows a digest once its tag was asked for; a release asks when it is made. */
async function resolveImages(all: readonly Scenes[], port: number): Promise<void> {
  const registry = emulatedRegistry(port)
  for (const artifact of all.flatMap((s) => s.releases).flatMap((r) => r.artifacts)) {
    const ref = parseImageRef(artifact.image)
    if (isBadReference(ref)) throw new Error(`${artifact.image}: ${ref.problem}`)
    const digest = await registry.resolve(ref)
    if (digest !== artifact.digest) throw new Error(`the emulated registry answers ${digest} for ${artifact.image}, history says ${artifact.digest}`)
  }
}

class SeedCloud {
  readonly revisions = new Map<string, string>()
  readonly #clients: RunClients
  readonly #templates = new Map<string, Parameters<typeof nextTemplate>[0]>()
  readonly #serving = new Map<string, string>()
  readonly #deployed = new Map<string, number>()
  constructor(clients: RunClients) {
    this.#clients = clients
  }

  /** A history that was cut short left services behind: they start again. */
  async clear(acts: readonly Act[]): Promise<void> {
    const names = new Set(acts.map((a) => serviceName((a.kind === 'press' ? a.press.to : a.rollout).plan.locator)))
    for (const name of names) {
      const { project, location } = /^projects\/(?<project>[^/]+)\/locations\/(?<location>[^/]+)/.exec(name)?.groups ?? {}
      const [services] = await this.#clients.services.listServices({ parent: `projects/${project ?? ''}/locations/${location ?? ''}` })
      if (services.some((s) => s.name === name)) await this.#clients.services.deleteService({ name })
    }
  }

  async perform(act: Act): Promise<void> {
    if (act.kind === 'press') return this.#serve(act.press.to, this.#nameOf(act.press.to), this.#nameOf(act.press.from))
    if (act.kind === 'deploy') return this.#deploy(act.rollout)
    return this.#serve(act.rollout, this.#nameOf(act.rollout), this.#nameOf(act.rollout))
  }

  /** History names revisions as the emulator numbers them: the last one of each service must be the one that it has. */
  async confirm(): Promise<void> {
    for (const [name, number] of this.#deployed) {
      const [live] = await this.#clients.services.getService({ name })
      const [service, revision] = [name, live.latestCreatedRevision ?? ''].map((full) => full.split('/').at(-1) ?? '')
      if (revision !== generatedRevision(service ?? '', number)) throw new Error(`${name} has ${revision ?? ''} as its revision ${number}, not what history says`)
    }
  }

  #nameOf(rollout: SceneRollout): string {
    const name = this.revisions.get(rollout.id)
    if (name === undefined) throw new Error(`rollout ${rollout.id} was not deployed before it served`)
    return name
  }

  async #deploy(rollout: SceneRollout): Promise<void> {
    const { locator, config, image } = rollout.plan
    const name = serviceName(locator)
    const before = this.#templates.get(name)
    const template = nextTemplate(before ?? { containers: [{}] }, image, config, { [rolloutLabel]: rollout.id })
    this.#templates.set(name, template)
    if (before) await this.#clients.services.updateService({ service: { name, template }, updateMask: { paths: ['template'] } })
    else await this.#clients.services.createService({ parent: `projects/${locator.project}/locations/${locator.region}`, serviceId: locator.service, service: { template } })
    const number = (this.#deployed.get(name) ?? 0) + 1
    this.#deployed.set(name, number)
    const revision = generatedRevision(locator.service, number)
    this.revisions.set(rollout.id, revision)
    // What goes on to serve gets its tag by the same write; a new service must stop following its latest revision.
    if (!before || rollout.story.state !== 'succeeded') await this.#serve(rollout, this.#serving.get(name) ?? revision, revision)
  }

  /** All traffic to one revision, the strategy's tag on another. */
  async #serve(rollout: SceneRollout, revision: string, tagged: string): Promise<void> {
    const name = serviceName(rollout.plan.locator)
    const deploy = rollout.plan.steps.find((s) => s.kind === 'deploy')
    const tag = deploy?.tag ? [{ type: byRevision, revision: tagged, tag: deploy.tag }] : []
    await this.#clients.services.updateService({ service: { name, traffic: [{ type: byRevision, revision, percent: 100 }, ...tag] }, updateMask: { paths: ['traffic'] } })
    this.#serving.set(name, revision)
  }
}
