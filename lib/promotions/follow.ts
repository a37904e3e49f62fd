import 'server-only'
import { wake } from '#lib/engine/jobs.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { PromotionContent } from '#lib/promotions/content.ts'
import { decideFollow, serviceOutcome, type FollowDecision, type ServiceFacts } from '#lib/promotions/decide.ts'
import { mixedText } from '#lib/promotions/headline.ts'
import { serviceFacts, staysBecause } from '#lib/promotions/service-facts.ts'
import { createGroup, followAgainMs } from '#lib/promotions/start.ts'
import { endPromotion, type Journal, type PromotionRow, promotionRule, savePromotion } from '#lib/promotions/store.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { freeze, giveWay, givesWayTo, type Newer, startReturn, turnBack } from '#lib/rollouts/supersede.ts'

/** One look at a promotion that is rolling out. `why`: what the rest is stopped or taken back for, in words. */
type Look = { row: PromotionRow; content: PromotionContent; services: ServiceFacts[]; newer: Newer | null; why: string; atMs: number }

/** One turn of a promotion that is rolling out. Answers whether there may be more to do. */
export async function followRollouts(tx: Tx, journal: Journal, row: PromotionRow, atMs: number): Promise<boolean> {
  const content = PromotionContent.parse(row.content)
  const newer = await newerOf(tx, row)
  const services = await serviceFacts(tx, row, content)
  const look: Look = { row, content, services, newer, why: whyOf(newer, services), atMs }
  const decision = decideFollow(factsOf(look))
  if (decision.kind === 'end') await end(tx, journal, look, decision.state)
  else if (decision.kind === 'next_group') await nextGroup(tx, journal, look, decision.group)
  else if (decision.kind === 'abort' || decision.kind === 'freeze') await stopRest(tx, look, decision)
  else if (decision.kind === 'stay') await stay(tx, journal, look)
  else if (decision.kind === 'return') {
    await takeBack(tx, look, decision.services)
    return false
  }
  if (decision.kind !== 'end') {
    await tx.promotion.updateMany({ where: { id: row.id }, data: { wakeAt: new Date(atMs + followAgainMs) } })
  }
  return decision.kind === 'abort' || decision.kind === 'freeze' || decision.kind === 'stay'
}

const factsOf = (l: Pick<Look, 'row' | 'services'>) => ({ supersededBy: l.row.supersededById, services: l.services, stays: staysBecause(l.services) !== null })

async function newerOf(tx: Tx, row: PromotionRow): Promise<Newer | null> {
  if (row.supersededById === null) return null
  const newer = await tx.promotion.findUniqueOrThrow({ where: { id: row.supersededById }, select: { id: true, release: { select: { version: true } } } })
  return { promotionId: newer.id, version: newer.release.version }
}

/** A newer release, or what went wrong first: the other services were stopped because of it. */
function whyOf(newer: Newer | null, services: readonly ServiceFacts[]): string {
  if (newer) return givesWayTo(newer)
  const [cause] = services.flatMap((s) => s.wrong ?? []).toSorted((a, b) => a.atMs - b.atMs)
  return cause?.text ?? 'the promotion stopped'
}

async function nextGroup(tx: Tx, journal: Journal, { row, content, atMs }: Look, group: number): Promise<void> {
  const ids = await createGroup(tx, row, content, group, atMs)
  const saved = await savePromotion(tx, row, {})
  journal.add(saved, { actor: promotionRule, verb: 'promotion.next_group', message: `goes on with ${(content.groups[group] ?? []).join(' and ')}`, after: { rollouts: ids }, atMs, also: ids.map((id) => `rollout:${id}`) })
}

/** Rows before the audit chain: the engine locks in this order too. What it wrote meanwhile may decide otherwise: then the next turn does. */
async function stopRest(tx: Tx, look: Look, decision: Extract<FollowDecision, { kind: 'abort' | 'freeze' }>): Promise<void> {
  const { row, newer, why, atMs } = look
  const ids = decision.rolloutIds.toSorted()
  await tx.$queryRaw`select 1 from rollout where id = any(${ids}::uuid[]) order by id for update`
  const services = await serviceFacts(tx, row, look.content)
  const again = decideFollow(factsOf({ row, services }))
  if (again.kind !== decision.kind || again.rolloutIds.toSorted().join() !== ids.join()) return
  for (const id of ids) {
    const rollout = await findRollout(id, tx)
    if (!rollout) continue
    if (decision.kind === 'freeze') await freeze(tx, rollout, promotionRule, `${why}. Not sent back by itself: ${services.find((s) => s.rollout?.id === id)?.unsafe ?? ''}`, atMs)
    else if (newer) await giveWay(tx, rollout, promotionRule, newer, atMs)
    else await turnBack(tx, rollout, promotionRule, why, atMs)
  }
}

/** Going back would do more harm than waiting: the newer one queues, and says so. */
async function stay(tx: Tx, journal: Journal, { row, services, newer, atMs }: Look): Promise<void> {
  const saved = await savePromotion(tx, row, { supersededById: null })
  if (!newer) return
  await wake(tx, 'promotion', newer.promotionId)
  journal.add(saved, { actor: promotionRule, verb: 'promotion.goes_on', message: `does not give way to ${newer.version}: ${staysBecause(services) ?? ''}`, atMs, also: [`promotion:${newer.promotionId}`] })
}

/** Starts the way back of one group. A target that somebody else took in this moment is looked at again soon. */
async function takeBack(tx: Tx, { row, services, newer, why, atMs }: Look, names: readonly string[]): Promise<void> {
  const rolloutIds = services.flatMap((s) => (names.includes(s.service) && s.rollout ? [s.rollout.id] : []))
  await tx.$queryRaw`select 1 from target where id in (select target_id from rollout where id = any(${rolloutIds}::uuid[])) order by id for update`
  let started = 0
  for (const id of rolloutIds) {
    const done = await findRollout(id, tx)
    const back = done && (await startReturn(tx, done, promotionRule, { newer, reason: why }, atMs))
    if (back) started += 1
  }
  await savePromotion(tx, row, { wakeAt: new Date(atMs + (started < rolloutIds.length ? 1_000 : followAgainMs)) })
}

async function end(tx: Tx, journal: Journal, { row, services, why, atMs }: Look, state: Extract<FollowDecision, { kind: 'end' }>['state']): Promise<void> {
  const outcomes = services.map((s) => ({ service: s.service, outcome: serviceOutcome(s, state !== 'succeeded') }))
  const mixed = mixedText(row.release.version, outcomes)
  const reason = state === 'succeeded' ? null : [why, mixed, ...services.flatMap((s) => (s.unsafe && s.rollout?.state === 'succeeded' ? [`${s.service} was not taken back: ${s.unsafe}`] : []))].filter(Boolean).join('; ')
  const message = state === 'succeeded' ? `${row.release.version} is out in ${row.environment.slug}` : `${state.replace('_', ' ')}: ${reason ?? ''}`
  const saved = await endPromotion(tx, journal, row, { state, reason, actor: promotionRule, atMs, message })
  // The next promotion of this environment has no other caller when ours ended before its first rollout.
  if (saved.supersededById !== null) await wake(tx, 'promotion', saved.supersededById)
}
