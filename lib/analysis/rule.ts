import type { EventEvidence } from '#lib/analysis/event-mixture.ts'
import type { Cause } from '#lib/analysis/feed.ts'
import type { LatencyEvidence } from '#lib/analysis/latency.ts'
import type { Look } from '#lib/analysis/model.ts'
import type { ThresholdMetric } from '#lib/analysis/threshold.ts'

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error'

/**
 * Candidate against stable. `alpha`: chance of failing a candidate that is not worse; here or on the rule. `tolerance`: .1 allows a tenth more errors
 * (error_rate only). `notWorseThan` (2) and `beta` (.05): the rule passes when "that many times worse" is ruled out up to that chance.
 */
export type Comparison = {
  metric: 'error_rate' | 'latency'
  alpha?: number | undefined
  tolerance?: number | undefined
  notWorseThan?: number | undefined
  beta?: number | undefined
}
/** `max`: a fraction or milliseconds. `overSeconds`: only the latest requests count; all since the start without it. */
export type Threshold = { metric: ThresholdMetric; max: number; minRequests: number; overSeconds?: number | undefined }
/** `mode` is what the engine does with a verdict; it changes none. */
export type JudgeRule = { name: string; alpha?: number | undefined; mode?: 'watch' | 'ask' | 'rollback' | undefined } & (
  | { compare: Comparison; threshold?: undefined }
  | { threshold: Threshold; compare?: undefined }
)

export type ArmTotals = { requests: number; errors: number; latency: readonly number[] }
/** All that counted so far. */
export type Totals = { candidate: ArmTotals; stable: ArmTotals }

/** Numbers and nulls only, so that JSON keeps it and a restart goes on with the same evidence. `failedAt`: a fail stays. */
export type RuleState =
  | { kind: 'errors'; worse: EventEvidence; early: EventEvidence; varianceRatio: number; failedAt: number | null }
  | { kind: 'latency'; slower: LatencyEvidence; early: EventEvidence; failedAt: number | null }
  | { kind: 'threshold'; slots: readonly (ArmTotals & { fromT: number })[]; failedAt: number | null }

/** `evidence`: log evidence over ln(1/alpha), so that 1 fails; null where no test is made. `events`: errors, or slow requests. */
export type RuleVerdict = {
  name: string
  verdict: Verdict
  evidence: number | null
  reason: string
  /** The counts of both arms in words, as in the reason. */
  figures?: string
  method: string
  counts: { candidate: { requests: number; events: number }; stable: { requests: number; events: number } }
  cause?: Cause
}

/** Requests still needed, with what the number rests on; null when nothing can be said. */
export type RuleForecast = { requests: number; atLeast: boolean } | null

/** `totals` include the look; `varianceRatio` is what stable's errors have shown since the rollout began. */
export type Seen = { t: number; look: Look; totals: Totals; varianceRatio: number }

/** One rule, compiled for one share. */
export type RuleJudge = {
  name: string
  /** Needs both arms' requests to have come as the split says. */
  comparesArms: boolean
  start: RuleState
  /** Why this look, good as a whole, says nothing to this rule; null when it does. */
  cause: (seen: Seen) => Cause | null
  step: (state: RuleState, seen: Seen) => RuleState
  /** What the state says; the same answer each time, whatever was asked before. */
  verdict: (state: RuleState, totals: Totals) => RuleVerdict
  forecast: (state: RuleState, totals: Totals) => RuleForecast
  /** The state for the same rule at another share. */
  fold: (state: RuleState) => RuleState
}

/** A setup that cannot be judged: `field` is where, the message says what is allowed. */
export class SetupError extends Error {
  readonly field: string
  constructor(field: string, message: string) {
    super(`${field}: ${message}`)
    this.field = field
  }
}

/** Says that a state is not of this rule, which a changed setup would cause. */
export const foreignState = (name: string): Error => new Error(`the state given for the rule "${name}" is of another setup`)

/** "12,030". */
export const counted = (n: number): string => n.toLocaleString('en-US')

/** "2.6%": two digits, none invented. */
export const percent = (fraction: number): string => `${Number((fraction * 100).toPrecision(2))}%`
