import type { PromotionState } from '#lib/promotions/state.ts'
import { isEnd, type RolloutState } from '#lib/rollouts/state.ts'

/** A waiting promotion, as read in one transaction that holds its environment. */
export type WaitingFacts = {
  nowMs: number
  start: 'auto' | 'manual'
  startRequested: boolean
  /** Why there is no such place any more, or null. */
  gone: string | null
  releaseAbandoned: boolean
  gates: readonly { isOpen: boolean; expired: string | null; lookAgainAtMs: number | null }[]
  /** What neither approval nor override gets past. */
  blockers: readonly { code: string; message: string }[]
  onNewer: 'supersede' | 'queue'
  /** Other promotions rolling out in this environment; newer ones are blockers already. */
  rolling: readonly {
    promotionId: string
    isOlder: boolean
    isGivingWay: boolean
    /** It has to be waited for: what it brought excludes what served before. */
    stays?: boolean
  }[]
  /** Another that is ready to start goes first: the newest where newer ones supersede, the oldest where they queue. */
  goesFirst: boolean
  /** Open rollouts on our targets that belong to no promotion rolling out here: rollbacks and shifts. */
  otherBusy: number
}

export type WaitingDecision =
  | { kind: 'end'; state: 'cancelled' | 'expired' | 'superseded'; reason: string }
  | { kind: 'wait'; state: 'pending' | 'ready'; lookAgainAtMs: number }
  /** Ready; the older ones go back through stable first, then it is our turn. */
  | { kind: 'supersede'; promotionIds: string[]; lookAgainAtMs: number }
  | { kind: 'start' }

/** Not everything that opens the way has a caller for us (a hold is lifted, drift goes): we look again anyway. */
export const lookAgainMs = 10_000

export function decideWaiting(f: WaitingFacts): WaitingDecision {
  const lookAgainAtMs = Math.min(f.nowMs + lookAgainMs, ...f.gates.flatMap((g) => (g.lookAgainAtMs === null ? [] : [Math.max(g.lookAgainAtMs, f.nowMs + 1)])))
  if (f.gone !== null) return { kind: 'end', state: 'cancelled', reason: f.gone }
  if (f.releaseAbandoned) return { kind: 'end', state: 'cancelled', reason: 'the release was abandoned' }
  const older = f.blockers.find((b) => b.code === 'older_release')
  if (older) return { kind: 'end', state: 'superseded', reason: older.message }
  const expired = f.gates.find((g) => !g.isOpen && g.expired !== null)
  if (expired) return { kind: 'end', state: 'expired', reason: expired.expired ?? 'expired' }
  if (f.blockers.length > 0 || f.gates.some((g) => !g.isOpen)) return { kind: 'wait', state: 'pending', lookAgainAtMs }
  const mayStart = f.start === 'auto' || f.startRequested
  if (!mayStart) return { kind: 'wait', state: 'ready', lookAgainAtMs }
  if (f.goesFirst) return { kind: 'wait', state: 'ready', lookAgainAtMs }
  if (f.rolling.length === 0 && f.otherBusy === 0) return { kind: 'start' }
  const giveWay = f.onNewer === 'supersede' && f.otherBusy === 0 ? f.rolling.filter((r) => r.isOlder && !r.isGivingWay && r.stays !== true) : []
  if (giveWay.length > 0) return { kind: 'supersede', promotionIds: giveWay.map((r) => r.promotionId), lookAgainAtMs }
  return { kind: 'wait', state: 'ready', lookAgainAtMs }
}

/** One service of a promotion that is rolling out. */
export type ServiceFacts = {
  service: string
  group: number
  rollout: { id: string; state: RolloutState } | null
  /** Somebody took the target over after our rollout ended: a rollback, or something else. */
  takenOver: 'rollback' | 'other' | null
  /** Our own rollout back; `none` when there is nothing to go back to. */
  back: { state: RolloutState } | 'none' | null
  /** It ended without success and serves all the same: a first release had nothing to go back to. */
  stillServes: boolean
  /** Why it is not taken back by itself although there is something to go back to. */
  unsafe?: string
  /** Unsafe, and a person has to decide already, or has decided: it is not stopped again. */
  waitsAsItIs?: boolean
  /** What went wrong, in words, and when. */
  wrong?: { text: string; atMs: number }
}

export type FollowFacts = {
  supersededBy: string | null
  services: readonly ServiceFacts[]
  /** It cannot give way to a newer one: some service must not go back by itself. */
  stays?: boolean
}

export type FollowDecision =
  | { kind: 'wait' }
  | { kind: 'next_group'; group: number }
  | { kind: 'abort'; rolloutIds: string[] }
  /** What must not go back by itself is held at its split. */
  | { kind: 'freeze'; rolloutIds: string[] }
  /** It goes on; the newer one waits its turn. */
  | { kind: 'stay' }
  | { kind: 'return'; services: string[] }
  | { kind: 'end'; state: Extract<PromotionState, 'succeeded' | 'superseded' | 'failed' | 'cancelled' | 'rolled_back'> }

const wentWrong = (s: ServiceFacts): boolean => (s.rollout !== null && isEnd(s.rollout.state) && s.rollout.state !== 'succeeded') || s.takenOver === 'rollback'

export function decideFollow(f: FollowFacts): FollowDecision {
  const made = f.services.filter((s) => s.rollout !== null)
  const allSucceeded = made.every((s) => s.rollout?.state === 'succeeded') && !f.services.some(wentWrong)
  if (allSucceeded && made.length === f.services.length) return { kind: 'end', state: 'succeeded' }
  if (f.supersededBy !== null && f.stays === true) return { kind: 'stay' }
  if (f.supersededBy === null && !f.services.some(wentWrong)) {
    if (!allSucceeded) return { kind: 'wait' }
    return { kind: 'next_group', group: made.length === 0 ? 0 : Math.max(...made.map((s) => s.group)) + 1 }
  }
  return goBack(f, made)
}

/** The rest stops first; then what went out goes back, last group first; then it ends. */
function goBack(f: FollowFacts, made: readonly ServiceFacts[]): FollowDecision {
  const open = made.filter((s) => s.rollout !== null && !isEnd(s.rollout.state))
  const onItsWay = open.filter((s) => s.rollout?.state !== 'rolling_back')
  const ids = (services: readonly ServiceFacts[]) => services.flatMap((s) => s.rollout?.id ?? [])
  const toAbort = ids(onItsWay.filter((s) => s.unsafe === undefined))
  if (toAbort.length > 0) return { kind: 'abort', rolloutIds: toAbort }
  const toFreeze = ids(onItsWay.filter((s) => s.waitsAsItIs !== true))
  if (toFreeze.length > 0) return { kind: 'freeze', rolloutIds: toFreeze }
  const returning = made.some((s) => s.back !== null && s.back !== 'none' && !isEnd(s.back.state))
  if (open.length > 0 || returning) return { kind: 'wait' }
  const out = made.filter((s) => s.rollout?.state === 'succeeded' && s.takenOver === null && s.back === null)
  if (out.length > 0) {
    const last = Math.max(...out.map((s) => s.group))
    return { kind: 'return', services: out.filter((s) => s.group === last).map((s) => s.service) }
  }
  return { kind: 'end', state: endState(f) }
}

/** DESIGN 4: one `rolled_back`, or ended by a target rollback → rolled_back; else failed, cancelled, superseded. */
function endState(f: FollowFacts): 'superseded' | 'rolled_back' | 'failed' | 'cancelled' {
  if (f.supersededBy !== null) return 'superseded'
  const states = f.services.flatMap((s) => (s.rollout ? [s.rollout.state] : []))
  if (states.includes('rolled_back') || states.includes('superseded') || f.services.some((s) => s.takenOver === 'rollback')) return 'rolled_back'
  return states.includes('failed') ? 'failed' : 'cancelled'
}

export type ServiceOutcome = 'shipped' | 'on_its_way' | 'waits' | 'back' | 'taken_over' | 'not_back'

/** What each service runs now, as far as this promotion goes. `not_back`: it still has the release although the promotion did not succeed. */
export function serviceOutcome(s: ServiceFacts, promotionEnded: boolean): ServiceOutcome {
  if (s.rollout === null) return 'waits'
  if (s.takenOver !== null) return 'taken_over'
  if (!isEnd(s.rollout.state)) return 'on_its_way'
  if (s.rollout.state !== 'succeeded') return s.stillServes ? 'not_back' : 'back'
  if (s.back !== null && s.back !== 'none') return s.back.state === 'succeeded' ? 'back' : isEnd(s.back.state) ? 'not_back' : 'on_its_way'
  return promotionEnded || s.back === 'none' ? 'not_back' : 'shipped'
}
