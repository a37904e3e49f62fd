import 'server-only'
import { z } from 'zod'
import { wake } from '#lib/engine/jobs.ts'
import type { GateOutcome } from '#lib/gates/gate.ts'
import { evaluateGates, isOpen } from '#lib/gates/registry.ts'
import { GateView } from '#lib/gates/schema.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import type { Unmet } from '#lib/platform/endpoint.ts'
import { unmet } from '#lib/platform/errors.ts'
import { blockersOf, busyTargets, busyUnmet, type Busy } from '#lib/promotions/blockers.ts'
import { PromotionContent } from '#lib/promotions/content.ts'
import { decideWaiting, type WaitingDecision } from '#lib/promotions/decide.ts'
import { gateFacts } from '#lib/promotions/plan.ts'
import { refreshContent } from '#lib/promotions/replan.ts'
import { serviceFacts, staysBecause } from '#lib/promotions/service-facts.ts'
import { startRollouts } from '#lib/promotions/start.ts'
import { endPromotion, type Journal, overrideInForce, type PromotionRow, promotionRule, promotionShape, savePromotion, storedGates } from '#lib/promotions/store.ts'
import { isGone, loadSubject, type Gone, type Subject } from '#lib/promotions/subject.ts'

export type Standing = { gates: GateOutcome[]; blockers: Unmet[]; waits: Unmet[]; decision: WaitingDecision }

/** Where a waiting promotion stands now: the one judgement that the worker acts on and every screen shows. */
export async function standingOf(tx: Tx, row: PromotionRow, subject: Subject | Gone, atMs: number): Promise<Standing> {
  if (isGone(subject)) return { gates: [], blockers: [unmet('retired', subject.gone)], waits: [], decision: { kind: 'end', state: 'cancelled', reason: subject.gone } }
  const asked = { promotionId: row.id, requestedById: row.requestedById, requestedAtMs: row.createdAt.getTime(), nowMs: atMs, overriddenBy: overrideInForce(row, subject.contentHash, atMs) }
  const gates = await evaluateGates(tx, gateFacts(subject, asked), asked.overriddenBy)
  const blockers = await blockersOf(tx, subject)
  const busy = await busyTargets(tx, subject, row.id)
  const rolling = await otherRolling(tx, row, subject)
  const first = await firstInLine(tx, row, subject)
  const others = busy.filter((b) => !rolling.some((r) => r.id === b.promotionId))
  const decision = decideWaiting({
    nowMs: atMs,
    start: startOf(row, subject),
    startRequested: row.startRequested !== null,
    gone: null,
    releaseAbandoned: subject.release.state === 'abandoned',
    gates: gates.map((g) => ({ isOpen: isOpen(g), expired: g.expired, lookAgainAtMs: g.lookAgainAtMs })),
    blockers,
    onNewer: subject.content.policy.onNewer,
    rolling: rolling.map((r) => ({ promotionId: r.id, isOlder: r.release.createdAt < subject.release.createdAt, isGivingWay: r.supersededById !== null, stays: r.stays !== null })),
    goesFirst: first !== null,
    otherBusy: others.length,
  })
  return { gates, blockers, waits: waitsOf(decision, row, startOf(row, subject), busy, rolling, first), decision }
}

/** A request may ask for a person to start it where the policy does not; never the other way round. */
export const startOf = (row: { start: string }, subject: Subject): 'auto' | 'manual' => (row.start === 'manual' || subject.content.policy.start === 'manual' ? 'manual' : 'auto')

type Rolling = PromotionRow & { /** Why it is not sent back for us; null when it may be, or when policy lets us queue. */ stays: string | null }

async function otherRolling(tx: Tx, row: PromotionRow, subject: Subject): Promise<Rolling[]> {
  const rows = await tx.promotion.findMany({ where: { environmentId: row.environmentId, state: 'rolling_out', id: { not: row.id } }, include: promotionShape, orderBy: { createdAt: 'asc' } })
  const out: Rolling[] = []
  for (const r of rows) {
    const mayGiveWay = subject.content.policy.onNewer === 'supersede' && r.release.createdAt < subject.release.createdAt
    out.push({ ...r, stays: mayGiveWay ? staysBecause(await serviceFacts(tx, r, PromotionContent.parse(r.content))) : null })
  }
  return out
}

type InLine = { id: string; version: string; then: string }
const PolicyStart = z.object({ policy: z.object({ start: z.enum(['auto', 'manual']) }) })

/**
 * Of several that are ready, the newest starts where newer ones supersede (the others would be taken back at once), the
 * oldest where they queue. Those that wait for a person are not in line.
 */
async function firstInLine(tx: Tx, row: PromotionRow, subject: Subject): Promise<InLine | null> {
  const supersedes = subject.content.policy.onNewer === 'supersede'
  const createdAt = supersedes ? { gt: subject.release.createdAt } : { lt: subject.release.createdAt }
  const ready = await tx.promotion.findMany({ where: { environmentId: row.environmentId, id: { not: row.id }, state: 'ready', release: { createdAt } }, select: { id: true, start: true, startRequested: true, content: true, release: { select: { version: true } } }, orderBy: { release: { createdAt: supersedes ? 'desc' : 'asc' } } })
  const inLine = ready.find((p) => p.startRequested !== null || (p.start === 'auto' && PolicyStart.safeParse(p.content).data?.policy.start === 'auto'))
  return inLine ? { id: inLine.id, version: inLine.release.version, then: supersedes ? 'ends when the newer one starts' : 'starts by itself when that ends' } : null
}

/** Ready, but not started: whose turn it is, or that a person has to press start. */
function waitsOf(decision: WaitingDecision, row: PromotionRow, start: 'auto' | 'manual', busy: readonly Busy[], rolling: readonly Rolling[], first: InLine | null): Unmet[] {
  if (decision.kind === 'supersede' || (decision.kind === 'wait' && decision.state === 'ready')) {
    const turns = rolling.filter((r) => !busy.some((b) => b.promotionId === r.id)).map((r) => unmet('target_busy', `${r.release.version} is rolling out since ${r.startedAt?.toISOString() ?? 'just now'} (promotion ${r.id}, asked by ${r.requestedBy})`, 'starts by itself when that ends'))
    const stays = rolling.flatMap((r) => (r.stays === null ? [] : [unmet('target_busy', `${r.release.version} does not give way: ${r.stays}`, 'starts by itself when that ends')]))
    const press = start === 'manual' && row.startRequested === null ? [unmet('start', 'every gate is met; a person starts it', 'who may approve')] : []
    const line = first === null || press.length > 0 ? [] : [unmet('target_busy', `${first.version} is ready too and goes first (promotion ${first.id})`, first.then)]
    return [...press, ...stays, ...busy.map(busyUnmet), ...turns, ...line]
  }
  return []
}

export const allUnmet = (s: Standing): Unmet[] => [...s.blockers, ...s.gates.flatMap((g) => (isOpen(g) ? [] : g.unmet)), ...s.waits]

/** One turn of a pending or ready promotion. */
export async function evaluateWaiting(tx: Tx, journal: Journal, locked: PromotionRow, atMs: number): Promise<boolean> {
  const subject = await loadSubject(tx, locked.releaseId, locked.environmentId)
  const row = isGone(subject) ? locked : await refreshContent(tx, journal, locked, subject, atMs)
  const standing = await standingOf(tx, row, subject, atMs)
  const { decision } = standing
  switch (decision.kind) {
    case 'end':
      await endPromotion(tx, journal, row, { ...decision, actor: promotionRule, atMs, message: `${decision.state}: ${decision.reason}` })
      return false
    case 'start':
      if (isGone(subject)) throw new Error('nothing starts where its place is gone')
      await startRollouts(tx, journal, row, subject, standing, atMs)
      return true
    case 'supersede':
      await makeWay(tx, journal, row, decision.promotionIds, atMs)
      await saveStanding(tx, journal, row, standing, 'ready', decision.lookAgainAtMs, atMs)
      return false
    case 'wait':
      await saveStanding(tx, journal, row, standing, decision.state, decision.lookAgainAtMs, atMs)
      return false
    default: {
      const never: never = decision
      return never
    }
  }
}

/** The older ones are told; their own turn takes them back through stable, and their end wakes us. */
async function makeWay(tx: Tx, journal: Journal, row: PromotionRow, promotionIds: readonly string[], atMs: number): Promise<void> {
  const older = await tx.promotion.findMany({ where: { id: { in: [...promotionIds] }, state: 'rolling_out' }, include: promotionShape, orderBy: { id: 'asc' } })
  for (const promotion of older) {
    const saved = await savePromotion(tx, promotion, { supersededById: row.id })
    await wake(tx, 'promotion', promotion.id)
    journal.add(saved, { actor: promotionRule, verb: 'promotion.gives_way', message: `gives way to ${row.release.version}, which is ready: goes back through stable first`, after: { supersededBy: row.id }, atMs, also: [`promotion:${row.id}`] })
  }
}

/**
 * Texts hold durations that change with every look: only a change of states or reasons is a change to tell. The next look
 * is `wakeAt`, which the worker sweeps; a queued job would replace, and so delay, the one that a rollout's end just queued.
 */
async function saveStanding(tx: Tx, journal: Journal, row: PromotionRow, standing: Standing, state: 'pending' | 'ready', lookAgainAtMs: number, atMs: number): Promise<void> {
  const gates = { views: standing.gates.map((g) => GateView.parse(g)), unmet: allUnmet(standing) }
  const wakeAt = new Date(lookAgainAtMs)
  const before = storedGates(row.gates)
  const isSame = row.state === state && keyOf(before) === keyOf(gates)
  if (isSame) await tx.promotion.update({ where: { id: row.id }, data: { gates, wakeAt } })
  else {
    const saved = await savePromotion(tx, row, { state, gates, wakeAt })
    if (row.state !== state)
      journal.add(saved, { actor: promotionRule, verb: `promotion.${state}`, message: state === 'ready' ? 'every gate is met' : `waits again: ${gates.unmet.map((u) => u.message).join('; ')}`, before: { state: row.state }, after: { state }, atMs })
  }
}

const keyOf = (g: { views: readonly GateView[]; unmet: readonly Unmet[] }): string => JSON.stringify([g.views.map((v) => [v.kind, v.name, v.state, v.unmet.map((u) => u.code)]), g.unmet.map((u) => u.code)])
