import 'server-only'
import { type Actor, forbidden } from '#lib/access/actor.ts'
import type { ApplicationView, listApplications, viewApplication } from '#lib/applications/contract.ts'
import { type ApplicationRow, findApplication, listApplicationRows } from '#lib/applications/store.ts'
import { maySee, seenEnvironments, visibleIds } from '#lib/applications/visible.ts'
import { BlueprintModel, type EnvironmentModel } from '#lib/blueprints/model.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'
import { summaries } from '#lib/targets/service.ts'

/** Applications in slug order, as far as the actor may see them; the cursor is the last slug of the page before. */
export async function list(actor: Actor, input: Parsed<typeof listApplications>): Promise<Output<typeof listApplications>> {
  const rows = await listApplicationRows(visibleIds(actor), input.cursor, input.limit)
  const page = rows.slice(0, input.limit)
  const items = await withTargets(actor, page, input.targets)
  return { items, nextCursor: rows.length > input.limit ? (page.at(-1)?.slug ?? null) : null }
}

/** One application. Who is bound to some of its environments only sees those. */
export async function view(actor: Actor, input: Parsed<typeof viewApplication>): Promise<Output<typeof viewApplication>> {
  const row = await findApplication(input.app)
  if (!row) throw new AppError('not_found', `there is no application ${input.app}`, { field: 'app' })
  if (!maySee(actor, row)) throw forbidden(actor, 'view', `see ${input.app}`)
  const [found] = await withTargets(actor, [row])
  if (!found) throw new AppError('not_found', `there is no application ${input.app}`, { field: 'app' })
  return { ...found, id: row.id }
}

async function withTargets(actor: Actor, rows: readonly ApplicationRow[], which?: 'notable'): Promise<ApplicationView[]> {
  const seen = rows.filter((row) => maySee(actor, row))
  const ids = seen.flatMap((row) => seenEnvironments(actor, row).flatMap((e) => e.targets.map((t) => t.id)))
  const byId = new Map((await summaries(actor, ids, which)).map((t) => [t.id, t]))
  return seen.map((row) => toView(actor, row, byId))
}

function toView(actor: Actor, row: ApplicationRow, targets: ReadonlyMap<string, TargetSummary>): ApplicationView {
  const model = BlueprintModel.parse(row.blueprint)
  return {
    slug: row.slug,
    title: row.title,
    owner: row.owner,
    services: row.services.map((s) => ({ slug: s.slug, kind: s.kind, repository: s.repository })),
    retiredAt: row.retiredAt?.toISOString() ?? null,
    environments: seenEnvironments(actor, row).map((e) => ({
      slug: e.slug,
      tier: e.tier,
      ...policyOf(row.slug, model, e.slug),
      targets: e.targets.toSorted((a, b) => a.service.position - b.service.position).flatMap((t) => targets.get(t.id) ?? []),
    })),
    blueprintHash: row.blueprintHash,
  }
}

type Policy = Pick<ApplicationView['environments'][number], 'strategy' | 'start' | 'after' | 'approvals'>
function policyOf(application: string, model: BlueprintModel, slug: string): Policy {
  const e: EnvironmentModel | undefined = model.environments.find((m) => m.name === slug)
  if (!e) throw new Error(`${application}: the environment ${slug} is in the database and not in the blueprint`)
  return {
    strategy: e.strategy,
    start: e.start,
    after: e.after.map((a) => ({ environment: a.environment, soakSeconds: a.soakMs / 1000 })),
    approvals: e.approvals.map(({ name, count, roles, exclude, expiresAfterMs }) => ({ name, count, roles, exclude, expiresAfterSeconds: expiresAfterMs === null ? null : expiresAfterMs / 1000 })),
  }
}
