import 'server-only'
import { type Actor, authorise, can, forbidden } from '#lib/access/actor.ts'
import { BlueprintModel } from '#lib/blueprints/model.ts'
import { visibleIds } from '#lib/applications/visible.ts'
import type { checkConnections, ConnectedProject, listConnections } from '#lib/connections/contract.ts'
import { examine, metricsReader } from '#lib/connections/doctor.ts'
import { type ConnectedRow, loadConnected, storeFindings } from '#lib/connections/store.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import type { MetricsSource } from '#lib/rollouts/schema.ts'

/** Who presses again within this time gets the answer of the first press. */
const sharedForMs = 10_000
/** Targets that are tried side by side: enough to be quick, too few to be felt by the provider's quota. */
const atOnce = 8

const placeOf = (t: ConnectedRow) => ({ applicationId: t.environment.applicationId, environmentId: t.environmentId })

/** Projects in the order of their names, with the targets that the actor may see; the cursor is the last project's name. */
export async function list(actor: Actor, input: Parsed<typeof listConnections>): Promise<Output<typeof listConnections>> {
  authorise(actor, 'view', null, 'see the connection')
  const projects = byProject(await seen(actor, input.application)).filter((p) => input.cursor === undefined || p.project > input.cursor)
  const items = projects.slice(0, input.limit)
  return { items, nextCursor: projects.length > items.length ? (items.at(-1)?.project ?? null) : null }
}

/** Tries a read of every target that the actor administers, and keeps what came out of it for all who look. */
export async function check(actor: Actor, input: Parsed<typeof checkConnections>): Promise<Output<typeof checkConnections>> {
  authorise(actor, 'administer', null, 'check the connection')
  const targets = (await seen(actor, input.application)).filter((t) => can(actor, 'administer', placeOf(t)))
  if (targets.length === 0 && input.application !== undefined) throw forbidden(actor, 'administer', `check the connection of ${input.application}`)
  const at = await nowMs()
  const due = targets.filter((t) => t.check === null || at - t.check.at.getTime() >= sharedForMs)
  await run(due, { at: new Date(at), by: actor.name })
  const ids = new Set(targets.map((t) => t.id))
  return { items: byProject((await seen(actor, input.application)).filter((t) => ids.has(t.id))), nextCursor: null }
}

async function seen(actor: Actor, application: string | undefined): Promise<ConnectedRow[]> {
  const rows = (await loadConnected(visibleIds(actor))).filter((t) => can(actor, 'view', placeOf(t)))
  const wanted = application === undefined ? rows : rows.filter((t) => t.environment.application.slug === application)
  if (application !== undefined && wanted.length === 0) throw new AppError('not_found', `there is no application ${application} with targets that you may see`, { field: 'application' })
  return wanted
}

async function run(targets: readonly ConnectedRow[], stamp: { at: Date; by: string }): Promise<void> {
  const metricsOf = metricsReader()
  const waiting = [...targets]
  const work = async () => {
    for (let t = waiting.shift(); t; t = waiting.shift()) await storeFindings(t.id, { ...stamp, findings: await examine(t, measuredBy(t), metricsOf) })
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work))
}

function measuredBy(t: ConnectedRow): MetricsSource | null {
  const model = BlueprintModel.parse(t.environment.application.blueprint)
  return model.environments.find((e) => e.name === t.environment.slug)?.targets.find((x) => x.service === t.service.slug)?.metrics ?? null
}

function byProject(rows: readonly ConnectedRow[]): ConnectedProject[] {
  const projects = Map.groupBy(rows, (t) => t.locator.project)
  return [...projects].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([project, targets]) => ({
    project,
    targets: targets.map((t) => ({
      id: t.id, application: t.environment.application.slug, environment: t.environment.slug, service: t.service.slug, region: t.locator.region, name: t.locator.service,
      checked: t.check && { at: t.check.at.toISOString(), by: t.check.by, findings: t.check.findings },
    })),
  }))
}
