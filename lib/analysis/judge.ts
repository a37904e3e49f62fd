import { learnLive, liveRatio, liveStart, type LiveBursts } from '#lib/analysis/bursts.ts'
import { type Cause, causes, type Expected, readLook } from '#lib/analysis/feed.ts'
import { type Clock, clockStart, listen, type Silence, silenceStart, tick } from '#lib/analysis/feed-clock.ts'
import type { ArmIncrement, Look } from '#lib/analysis/model.ts'
import { type ArmTotals, type JudgeRule, type RuleForecast, type RuleState, type RuleVerdict, SetupError, type Totals, type Verdict } from '#lib/analysis/rule.ts'
import { type JudgeSetup, rulesOf } from '#lib/analysis/setup.ts'
import { isEvenLook, type SplitEvidence, splitTest } from '#lib/analysis/split.ts'

export type { JudgeRule, JudgeSetup, RuleVerdict, Verdict }

/** Raised with each change of what a state holds or means, ratios and weights among it: one that was stored under another number is of no use to this judge. */
export const judgeVersion = 3

/** Plain numbers: what is stored between looks. */
export type JudgeState = { clock: Clock; silence: Silence; split: SplitEvidence; bursts: LiveBursts; totals: Totals; rules: readonly RuleState[] }

/** `cause` names what is wrong with the feed, when the look, or all until the feed is right again, is set aside. */
export type Judgement = { state: JudgeState; verdict: Verdict; verdicts: readonly RuleVerdict[]; forecast: RuleForecast; cause: Cause | null }

export type Judge = {
  start: JudgeState
  /** Judges one look; what is not a good look changes no evidence. Never throws on a look, whatever it is. */
  look: (state: JudgeState, look: unknown) => Judgement
  /** What the state says by itself, without a look: a split that went wrong still withholds every verdict. */
  said: (state: JudgeState) => readonly RuleVerdict[]
  /** Judges a look that could not even be read, such as a line that is no JSON. */
  unread: (state: JudgeState, cause: Cause) => Judgement
  /** The state for a judge of the same rules at another share. */
  fold: (state: JudgeState) => JudgeState
}

/** Chance of naming a right split wrong, per share of a rollout. Small, since a mismatch stops all verdicts. */
const splitAlphaLevel = 0.001
const worstFirst: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass']

const noRequests: ArmTotals = { requests: 0, errors: 0, latency: [] }

function plus(total: ArmTotals, more: ArmIncrement): ArmTotals {
  const latency = total.latency.length === 0 ? more.latency : total.latency.map((n, j) => n + (more.latency[j] ?? 0))
  return { requests: total.requests + more.requests, errors: total.errors + more.errors, latency }
}

/** The worst of the verdicts: fail, then error, then inconclusive, then pass; inconclusive without rules. */
const worst = (verdicts: readonly RuleVerdict[]): Verdict => worstFirst.find((v) => verdicts.some((r) => r.verdict === v)) ?? 'inconclusive'

/** All rules need their requests, so the largest number counts; null when one rule cannot say. */
function together(forecasts: readonly RuleForecast[]): RuleForecast {
  return forecasts.reduce<RuleForecast>(
    (most, f) => (most === null || f === null ? null : { requests: Math.max(most.requests, f.requests), atLeast: most.atLeast || f.atLeast }),
    { requests: 0, atLeast: false },
  )
}

/**
 * One judge over a set of rules, valid however often it looks.
 *
 * Before any rule: is the look whole, does it follow the one before, are both arms heard, do requests arrive in the configured split. A look that
 * fails one of these gives `error` with its cause and adds nothing to any evidence. A fail stays; a rule that failed before keeps its fail then.
 * A comparison passes by its promote-early test only, so neither silence nor missing data ever passes.
 * @throws SetupError naming the field of a setup that cannot be judged
 */
export function judge(setup: JudgeSetup): Judge {
  if (!(setup.share > 0 && setup.share < 1)) throw new SetupError('share', 'a number between 0 and 1')
  if (!(setup.alpha > 0 && setup.alpha < 1)) throw new SetupError('alpha', 'a number between 0 and 1')
  const rules = rulesOf(setup)
  const split = splitTest({ share: setup.share })
  const splitBar = Math.log(1 / splitAlphaLevel)
  const expected: Expected = { buckets: setup.history?.stableCounts.length ?? null, revisions: setup.revisions }

  const conclude = (state: JudgeState, cause: Cause | null, ruleCauses: readonly (Cause | null)[] = []): Judgement => {
    const verdicts = rules.map((rule, i) => {
      const said = rule.verdict(state.rules[i] ?? rule.start, state.totals)
      const why = cause ?? ruleCauses[i] ?? null
      return why === null || said.verdict === 'fail' ? said : { ...said, verdict: 'error' as const, reason: `${why}: ${causes[why]}`, cause: why }
    })
    const forecast = together(rules.map((rule, i) => rule.forecast(state.rules[i] ?? rule.start, state.totals)))
    return { state, verdict: worst(verdicts), verdicts, forecast, cause }
  }

  const count = (state: JudgeState, look: Look): Judgement => {
    const totals = { candidate: plus(state.totals.candidate, look.candidate), stable: plus(state.totals.stable, look.stable) }
    const bursts = learnLive(state.bursts, look.stable)
    const seen = { t: look.t, look, totals, varianceRatio: liveRatio(bursts) }
    const isEven = isEvenLook(setup.share, look.candidate.requests, look.stable.requests)
    const ruleCauses = rules.map((rule) => rule.cause(seen))
    const next = rules.map((rule, i) => {
      const own = state.rules[i] ?? rule.start
      return ruleCauses[i] === null && (isEven || !rule.comparesArms) ? rule.step(own, seen) : own
    })
    return conclude({ ...state, bursts, totals, rules: next }, null, ruleCauses)
  }

  return {
    start: { clock: clockStart, silence: silenceStart, split: split.start, bursts: liveStart, totals: { candidate: noRequests, stable: noRequests }, rules: rules.map((r) => r.start) },
    look(state, value) {
      const look = readLook(value, expected)
      if (typeof look === 'string') return conclude(state, look)
      const { clock, cause: wrongTime } = tick(state.clock, look.t, setup.hasNoGaps)
      if (wrongTime !== null) return conclude({ ...state, clock }, wrongTime)
      const { silence, cause: silent } = listen(state.silence, look, setup.share)
      if (silent !== null) return conclude({ ...state, clock, silence }, silent)
      const heard = { ...state, clock, silence, split: split.step(state.split, look.candidate.requests, look.stable.requests) }
      return split.logEvidence(heard.split) >= splitBar ? conclude(heard, 'traffic split') : count(heard, look)
    },
    said: (state) => conclude(state, split.logEvidence(state.split) >= splitBar ? 'traffic split' : null).verdicts,
    unread: conclude,
    fold: (state) => ({ ...state, split: split.start, silence: { ...state.silence, candidate: 0, stable: 0 }, rules: rules.map((rule, i) => rule.fold(state.rules[i] ?? rule.start)) }),
  }
}
