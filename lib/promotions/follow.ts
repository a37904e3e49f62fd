import 'server-only'
import { wake } from '#lib/engine/jobs.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { PromotionContent } from '#lib/promotions/content.ts'
import { decideFollow, serviceOutcome, type FollowDecision, type ServiceFacts } from '#lib/promotions/decide.ts'
import { mixedText } from '#lib/promotions/headline.ts'
import { createGroup, followAgainMs } from '#lib/promotions/start.ts'
import { endPromotion, type Journal, type PromotionRow, promotionRule, savePromotion } from '#lib/promotions/store.ts'
import { SchemaRange } from '#lib/releases/contract.ts'
import { Arm, Split } from '#lib/rollouts/schema.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { isEnd } from '#lib/rollouts/state.ts'
import { startReturn, turnBack } from '#lib/rollouts/supersede.ts'
import { schemaVerdict } from '#lib/targets/decide.ts'

/** What each service of a started promotion came to, from the rollouts of its targets. */
export async function serviceFacts(tx: Tx, row: PromotionRow, content: PromotionContent): Promise<ServiceFacts[]> {
  const targetIds = Object.values(content.targets).map((t) => t.id)
  const since = row.startedAt ?? row.createdAt
  const rollouts = await tx.rollout.findMany({
    where: { targetId: { in: targetIds }, createdAt: { gte: since } },
    select: { id: true, targetId: true, promotionId: true, kind: true, state: true, stable: true, candidate: true, observedSplit: true, createdById: true, createdAt: true },
    orderBy: [{ createdAt: 'asc' }, { id: 'asc' }],
  })
  const unsafe = await unsafeReturns(tx, row, rollouts.filter((r) => r.promotionId === row.id && r.kind === 'promotion'))
  return content.groups.flatMap((group, index) =>
    group.map((service): ServiceFacts => {
      const here = rollouts.filter((r) => r.targetId === content.targets[service]?.id)
      const own = here.find((r) => r.promotionId === row.id && r.kind === 'promotion') ?? null
      const back = own && here.find((r) => r.promotionId === row.id && r.kind === 'rollback' && r.createdById === promotionRule.id)
      const others = own && isEnd(own.state) ? here.slice(here.indexOf(own) + 1).filter((r) => r !== back) : []
      const takenOver = others.length === 0 ? null : others.some((r) => r.kind === 'rollback') ? 'rollback' : 'other'
      return { service, group: index, rollout: own && { id: own.id, state: own.state }, takenOver, back: back ? { state: back.state } : own && isEnd(own.state) && (own.stable === null || unsafe.has(own.id)) ? 'none' : null, ...(own && unsafe.has(own.id) && { unsafe: unsafe.get(own.id) ?? '' }), stillServes: own !== null && isEnd(own.state) && own.state !== 'succeeded' && servesCandidate(own) }
    }),
  )
}

/** Which of these rollouts must not be taken back by itself, and why: what served before cannot read the schema that is live now (promise 9). */
async function unsafeReturns(tx: Tx, row: PromotionRow, rollouts: readonly { id: string; stable: unknown }[]): Promise<Map<string, string>> {
  const stables = rollouts.map((r) => ({ id: r.id, stable: Arm.nullable().parse(r.stable) }))
  const ids = [row.releaseId, ...stables.flatMap((r) => r.stable?.releaseId ?? [])]
  const releases = new Map((await tx.release.findMany({ where: { id: { in: ids } }, select: { id: true, version: true, schema: true } })).map((r) => [r.id, r]))
  const side = (id: string | null, name: string) => ({ name, version: releases.get(id ?? '')?.version ?? null, schema: SchemaRange.nullable().parse(releases.get(id ?? '')?.schema ?? null) })
  const verdicts = stables.flatMap((r) => (r.stable ? [[r.id, schemaVerdict(side(row.releaseId, row.release.version), side(r.stable.releaseId, r.stable.revision))] as const] : []))
  return new Map(verdicts.flatMap(([id, v]) => (v.state === 'refused' ? [[id, v.detail] as const] : [])))
}

/** By what was last read back. */
function servesCandidate(r: { candidate: unknown; observedSplit: unknown }): boolean {
  const candidate = Arm.nullable().parse(r.candidate)
  const split = Split.nullable().parse(r.observedSplit)
  return candidate !== null && candidate.revision !== '' && (split?.[candidate.revision] ?? 0) > 0
}

/** One turn of a promotion that is rolling out. */
export async function followRollouts(tx: Tx, journal: Journal, row: PromotionRow, atMs: number): Promise<boolean> {
  const content = PromotionContent.parse(row.content)
  const services = await serviceFacts(tx, row, content)
  const decision = decideFollow({ supersededBy: row.supersededById, services })
  if (decision.kind === 'end') await end(tx, journal, row, decision.state, services, atMs)
  else if (decision.kind === 'next_group') await nextGroup(tx, journal, row, content, decision.group, atMs)
  else if (decision.kind === 'abort') await abortRest(tx, row, decision.rolloutIds, services, atMs)
  else if (decision.kind === 'return') {
    await takeBack(tx, row, decision.services, services, atMs)
    return false
  }
  if (decision.kind !== 'end') {
    await tx.promotion.updateMany({ where: { id: row.id }, data: { wakeAt: new Date(atMs + followAgainMs) } })
  }
  return decision.kind === 'abort'
}

async function nextGroup(tx: Tx, journal: Journal, row: PromotionRow, content: PromotionContent, group: number, atMs: number): Promise<void> {
  const ids = await createGroup(tx, row, content, group, atMs)
  const saved = await savePromotion(tx, row, {})
  journal.add(saved, { actor: promotionRule, verb: 'promotion.next_group', message: `goes on with ${(content.groups[group] ?? []).join(' and ')}`, after: { rollouts: ids }, atMs, also: ids.map((id) => `rollout:${id}`) })
}

/** Why the rest does not go on: the first service that went wrong, in words. */
function reasonOf(row: PromotionRow, services: readonly ServiceFacts[]): string {
  if (row.supersededById !== null) return `gives way to the newer promotion ${row.supersededById}`
  const wrong = services.find((s) => s.takenOver === 'rollback' || (s.rollout && isEnd(s.rollout.state) && s.rollout.state !== 'succeeded'))
  return wrong ? `${wrong.service} ${wrong.takenOver === 'rollback' ? 'was rolled back' : `ended ${wrong.rollout?.state ?? ''}`}` : 'the promotion stopped'
}

async function abortRest(tx: Tx, row: PromotionRow, rolloutIds: readonly string[], services: readonly ServiceFacts[], atMs: number): Promise<void> {
  // Rows before the audit chain: the engine locks in this order too.
  await tx.$queryRaw`select 1 from rollout where id = any(${[...rolloutIds]}::uuid[]) order by id for update`
  for (const id of rolloutIds.toSorted()) {
    const rollout = await findRollout(id, tx)
    if (rollout) await turnBack(tx, rollout, promotionRule, reasonOf(row, services), atMs, row.supersededById === null ? 'rollout.aborted' : 'rollout.superseded')
  }
}

/** Starts the way back of one group. A target that somebody else took in this moment is looked at again soon. */
async function takeBack(tx: Tx, row: PromotionRow, names: readonly string[], services: readonly ServiceFacts[], atMs: number): Promise<void> {
  const rolloutIds = services.flatMap((s) => (names.includes(s.service) && s.rollout ? [s.rollout.id] : []))
  await tx.$queryRaw`select 1 from target where id in (select target_id from rollout where id = any(${rolloutIds}::uuid[])) order by id for update`
  let started = 0
  for (const id of rolloutIds) {
    const done = await findRollout(id, tx)
    const back = done && (await startReturn(tx, done, promotionRule, reasonOf(row, services), atMs))
    if (back) started += 1
  }
  await savePromotion(tx, row, { wakeAt: new Date(atMs + (started < rolloutIds.length ? 1_000 : followAgainMs)) })
}

async function end(tx: Tx, journal: Journal, row: PromotionRow, state: Extract<FollowDecision, { kind: 'end' }>['state'], services: readonly ServiceFacts[], atMs: number): Promise<void> {
  const outcomes = services.map((s) => ({ service: s.service, outcome: serviceOutcome(s, state !== 'succeeded') }))
  const mixed = mixedText(row.release.version, outcomes)
  const reason = state === 'succeeded' ? null : [reasonOf(row, services), mixed, ...services.flatMap((s) => (s.unsafe && s.rollout?.state === 'succeeded' ? [`${s.service} was not taken back: ${s.unsafe}`] : []))].filter(Boolean).join('; ')
  const message = state === 'succeeded' ? `${row.release.version} is out in ${row.environment.slug}` : `${state.replace('_', ' ')}: ${reason ?? ''}`
  const saved = await endPromotion(tx, journal, row, { state, reason, actor: promotionRule, atMs, message })
  // The next promotion of this environment has no other caller when ours ended before its first rollout.
  if (saved.supersededById !== null) await wake(tx, 'promotion', saved.supersededById)
}
