import 'server-only'
import { can, type Actor } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'
import { reconnected, subscribe } from '#lib/platform/db/notify.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import { sortOf } from '#lib/platform/sort.ts'
import type { listPromotions, PromotionSummary, PromotionView, viewPromotion } from '#lib/promotions/contract.ts'
import { isPromotionEnd, promotionStates, type PromotionState } from '#lib/promotions/state.ts'
import { findPromotion, type PromotionRow } from '#lib/promotions/store.ts'
import { findPromotionSummaries, summaryOf } from '#lib/promotions/summaries.ts'
import { promotionView, rolloutsOf } from '#lib/promotions/view.ts'
import { isId } from '#lib/platform/id.ts'
import { pageArgs, pageOf, withCursor } from '#lib/releases/page.ts'
import { visibleEnvironments } from '#lib/rollouts/service.ts'

/** A promotion that the actor may see. What may not be seen is not there: ids of others tell nothing. */
export async function visiblePromotion(actor: Actor, id: string): Promise<PromotionRow> {
  const row = isId(id) ? await findPromotion(db, id) : null
  if (!row || !can(actor, 'view', { applicationId: row.environment.application.id, environmentId: row.environmentId })) throw new AppError('not_found', `promotion ${id} not found`)
  return row
}

export async function list(actor: Actor, input: Parsed<typeof listPromotions>): Promise<Output<typeof listPromotions>> {
  const conditions: Prisma.PromotionWhereInput[] = [{ environment: visibleEnvironments(actor) }]
  if (input.application !== undefined) conditions.push({ environment: { application: { slug: input.application } } })
  if (input.environment !== undefined) conditions.push({ environment: { slug: input.environment } })
  if (input.release !== undefined) conditions.push(isId(input.release) ? { releaseId: input.release } : { id: { in: [] } })
  if (input.state !== undefined) conditions.push({ state: { in: statesOf(input.state) } })
  if (input.override === 'unreviewed') conditions.push({ override: { path: ['reviewedAt'], equals: Prisma.JsonNull } })
  const found = await db.promotion.findMany({ where: withCursor<Prisma.PromotionWhereInput>({ AND: conditions }, input.cursor), select: { id: true }, orderBy: [orderOf(input.sort), { id: sortOf(input.sort, '-created').direction }], ...pageArgs(input) })
  const { rows, nextCursor } = pageOf(found, input.limit)
  return { items: await summaries(actor, rows.map((r) => r.id)), nextCursor }
}

/** Summaries of these promotions in this order, as far as the actor may see them. */
async function summaries(actor: Actor, ids: readonly string[]): Promise<PromotionSummary[]> {
  if (ids.length === 0) return []
  const rows = new Map((await findPromotionSummaries(Prisma.sql`p.id = any(${[...ids]}::uuid[])`)).map((r) => [r.id, r]))
  return ids.flatMap((id) => rows.get(id) ?? []).filter((r) => can(actor, 'view', r)).map((r) => summaryOf(r))
}

function orderOf(sort: Parsed<typeof listPromotions>['sort']): Prisma.PromotionOrderByWithRelationInput {
  const { field, direction } = sortOf(sort, '-created')
  const by = { created: { createdAt: direction }, application: { environment: { application: { slug: direction } } }, environment: { environment: { slug: direction } }, state: { state: direction }, requester: { requestedBy: direction } } satisfies Record<typeof field, Prisma.PromotionOrderByWithRelationInput>
  return by[field]
}

/** One state, several parted by commas, or `open` for all that have not ended. */
function statesOf(text: string): PromotionState[] {
  return text.split(',').flatMap((name) => {
    if (name === 'open') return promotionStates.filter((s) => !isPromotionEnd(s))
    const state = promotionStates.find((s) => s === name)
    if (!state) throw new AppError('invalid_input', `state must be open or one of ${promotionStates.join(', ')}, several parted by commas`, { field: 'state' })
    return [state]
  })
}

/** One promotion; with `waitFor` it answers when something about it changed, when it has ended, or after `seconds`. */
export async function view(actor: Actor, input: Parsed<typeof viewPromotion>): Promise<PromotionView> {
  const row = await visiblePromotion(actor, input.id)
  if (input.waitFor === 'end' && !isPromotionEnd(row.state)) await changeOf(row, (input.seconds ?? 30) * 1000)
  const found = await promotionView(actor, row.id)
  if (!found) throw new AppError('not_found', `promotion ${row.id} not found`)
  return found
}

/** A notification may be lost while the connection comes up: the row itself is looked at now and then besides. */
const lookEveryMs = 5_000

/** Resolves when the promotion, or one of its rollouts, is not as it was read; at the latest after `timeoutMs`. */
async function changeOf(row: PromotionRow, timeoutMs: number): Promise<void> {
  const rolloutIds = new Set((await rolloutsOf([row.id])).map((r) => r.id))
  await new Promise<void>((resolve) => {
    const isMoved = async () => (await db.promotion.findUnique({ where: { id: row.id }, select: { version: true } }))?.version !== row.version
    const done = () => {
      stop()
      clearTimeout(timer)
      clearInterval(look)
      resolve()
    }
    const stop = subscribe('sluice', (payload) => {
      if (payload === reconnected) void isMoved().then((moved) => moved && done(), done)
      else if (concerns(payload, row, rolloutIds)) done()
    })
    const timer = setTimeout(done, timeoutMs)
    const look = setInterval(() => void isMoved().then((moved) => moved && done(), done), lookEveryMs)
    // What changed between the first read and the subscription.
    void isMoved().then((moved) => moved && done(), done)
  })
}

function concerns(payload: string, row: PromotionRow, rolloutIds: ReadonlySet<string>): boolean {
  const event = JSON.parse(payload) as { topic?: string; id?: string; version?: number }
  if (event.topic === 'promotion') return event.id === row.id && (event.version ?? 0) > row.version
  return event.topic === 'rollout' && rolloutIds.has(event.id ?? '')
}
