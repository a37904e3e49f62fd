import type { NewEvidence } from '#lib/engine/compare/schema.ts'
import type { Arm, HoldReason, Intended, Intent, RolloutPlan, RuleVerdict, Split, StepRun, TrafficEntry } from '#lib/rollouts/schema.ts'
import { msOf } from '#lib/platform/time.ts'
import type { HoldCode, RolloutKind, RolloutState } from '#lib/rollouts/state.ts'

/** The live target, read just now. */
export type LiveFacts = {
  exists: boolean
  etag: string
  settled: boolean
  failure: string | null
  traffic: TrafficEntry[]
  split: Split
  tags: Record<string, string>
  namesLatest: boolean
  latestReady: string | null
  /** Who wrote the service last, by the provider; null when it does not say. */
  lastModifier: string | null
}

/** A revision as the provider lists it now; null when it is not there. */
export type RevisionFacts = { name: string; ready: boolean; settled: boolean; message: string | null }

export type CheckResult = { name: string; passed: boolean; detail: string; at: string }

export type Facts = {
  nowMs: number
  kind: RolloutKind
  state: RolloutState
  hold: HoldReason | null
  plan: RolloutPlan
  stepIndex: number
  runs: readonly StepRun[]
  stable: Arm | null
  candidate: Arm | null
  desiredSplit: Split | null
  intent: Intent | null
  /** Last read back as intended; null when this target was never seen. */
  intended: Intended | null
  /** What the target trusts: stable at the first look if it serves at all, as the approved plan said. */
  trusted: string | null
  releaseVetoed: boolean
  /** The first look was made: what was live then is stable. */
  begun: boolean
  /** Why this image may not be shipped here (a hold in force); asked before the first look only. */
  heldHere: string | null
  /** Why stable could not run on what the candidate brought (its schema range); null when nothing speaks against it. */
  backRefused: string | null
  live: LiveFacts
  /** The revision that carries this rollout's label. */
  candidateLive: RevisionFacts | null
  /** The revision to return to. */
  stableLive: RevisionFacts | null
  verdicts: readonly RuleVerdict[]
  /** What the comparisons learned by this look; saved with the verdicts. */
  added: readonly NewEvidence[]
  /** Results of the try made just now, for a verify step. */
  checks: readonly CheckResult[] | null
  approvals: { met: boolean; rejectedBy: string | null; waiting: string } | null
}

export type Decision =
  | { kind: 'none' }
  /** `asks`: what a hold for a rule asks by now, where the rule still asks: its figures are another minute's by then. */
  | { kind: 'wait'; untilMs: number; asks?: string }
  | { kind: 'hold'; code: HoldCode; message: string; details?: Record<string, unknown> }
  | { kind: 'unhold'; message: string }
  | { kind: 'begin'; stable: string | null }
  | { kind: 'startStep' }
  | { kind: 'create' }
  | { kind: 'deploy' }
  | { kind: 'write'; purpose: 'pin' | 'tag' | 'weight' | 'return' | 'restore' | 'shift' | 'rollback' | 'fence'; traffic: TrafficEntry[] }
  /** The call under way is live: record it as done. */
  | { kind: 'confirm' }
  /** The wanted split is live without a write of ours: samples count from now. */
  | { kind: 'reached' }
  /** The revision this rollout made has its name now. */
  | { kind: 'candidate'; revision: string }
  | { kind: 'checksFailed'; retryAtMs: number }
  | { kind: 'pass'; message: string }
  | { kind: 'skip'; message: string }
  | { kind: 'fail'; message: string }
  | { kind: 'cancel'; message: string }
  | { kind: 'rollBack'; message: string; rule: string | null }
  | { kind: 'rolledBack' }
  | { kind: 'succeed' }

/** How often a running target is read when nothing sooner is due (DESIGN 3). */
export const pollMs = 10_000
/** How soon to look again while the provider settles a change. */
export const settleMs = 1_000
/** An operation that has not settled by then is looked at by a person. */
export const operationDeadlineMs = 600_000

export const stepOf = (f: Facts) => f.plan.steps[f.stepIndex] ?? null
export const runOf = (f: Facts) => f.runs[f.stepIndex] ?? null
export const candidateShare = (f: Facts): number => (f.candidate?.revision ? (f.live.split[f.candidate.revision] ?? 0) : 0)
export const wait = (f: Facts, ms: number): Extract<Decision, { kind: 'wait' }> => ({ kind: 'wait', untilMs: f.nowMs + ms })

/** From when on requests count: the moment that `trafficSince` gives, once what is new has warmed up. */
export const countsFromMs = (since: string, plan: Pick<RolloutPlan, 'analysis'>): number => msOf(since) + (plan.analysis.warmUpMs ?? 0)

/** The same for a rollout that may be held since somebody else gave the candidate more traffic: what is new since then is cold as well. */
export function countsHereFromMs(since: string, { plan, hold }: Pick<Facts, 'plan' | 'hold'>): number {
  const fromMs = countsFromMs(since, plan)
  if (hold?.code !== 'outside_change' || plan.analysis.warmUpMs === undefined) return fromMs
  const coldSince = hold.details?.['coldSince']
  return typeof coldSince === 'string' ? Math.max(fromMs, countsFromMs(coldSince, plan)) : fromMs
}

/** From when on samples are of the split that is live: the latest traffic write, or where a change from outside was settled since. Null before any. */
export function trafficSince(f: Pick<Facts, 'runs' | 'stepIndex'>): string | null {
  for (let i = f.stepIndex; i >= 0; i--) {
    const { trafficAt, measuredFrom } = f.runs[i] ?? {}
    const at = [trafficAt, measuredFrom].filter((t) => typeof t === 'string').toSorted().at(-1)
    if (at !== undefined) return at
  }
  return null
}
