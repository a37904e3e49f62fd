import { type EventTest, eventTest } from '#lib/analysis/events.ts'
import { forecastFail } from '#lib/analysis/forecast.ts'
import { promoteEarlyTest } from '#lib/analysis/promote-early.ts'
import { type Comparison, counted, foreignState, percent, type RuleJudge, type RuleState, type RuleVerdict, type Totals } from '#lib/analysis/rule.ts'

type State = Extract<RuleState, { kind: 'errors' }>

const method = 'grid mixture on error events'

const rate = (arm: { requests: number; errors: number }) => `${counted(arm.errors)} of ${counted(arm.requests)}${arm.requests > 0 ? ` (${percent(arm.errors / arm.requests)})` : ''}`
const figures = (totals: Totals) => `${rate(totals.candidate)} failed on the candidate, ${rate(totals.stable)} on stable`

/**
 * Compares the error rates of the arms. Fails when "no worse than stable" is refuted at `alpha`, and stays so; passes while "`notWorseThan` times
 * worse" is refuted at `beta`, which needs errors to be seen: two arms without any error stay inconclusive.
 */
export function errorRule(given: { name: string; share: number; alpha: number; compare: Comparison; varianceRatio: number; bunch?: number | undefined }): RuleJudge {
  const { share, alpha, compare } = given
  const ratio = compare.notWorseThan ?? 2
  const beta = compare.beta ?? 0.05
  const tolerance = compare.tolerance ?? 0
  const bar = Math.log(1 / alpha)
  const worseThan = tolerance > 0 ? `more than ${percent(tolerance)} worse than stable` : 'worse than stable'

  const made = new Map<number, { worse: EventTest; early: EventTest }>()
  /** The tests for errors that come together that much; a ratio learned on the way is beyond the past, so the size of its bunches is not known. */
  const tests = (varianceRatio: number) => {
    const known = made.get(varianceRatio)
    if (known) return known
    const bursts = { varianceRatio, ...(given.bunch === undefined || varianceRatio > given.varianceRatio ? {} : { bunch: given.bunch }) }
    const both = { worse: eventTest({ share, alpha, tolerance, ...bursts }), early: promoteEarlyTest({ share, ratio, ...bursts }) }
    made.set(varianceRatio, both)
    return both
  }
  const isEqualEnough = ({ varianceRatio, early }: State) => tests(varianceRatio).early.logEvidence(early) >= Math.log(1 / beta)
  const own = (state: RuleState): State => {
    if (state.kind !== 'errors') throw foreignState(given.name)
    return state
  }

  return {
    name: given.name,
    comparesArms: true,
    start: { kind: 'errors', worse: tests(given.varianceRatio).worse.start, early: tests(given.varianceRatio).early.start, varianceRatio: given.varianceRatio, failedAt: null },
    cause: () => null,
    step(before, { t, look, varianceRatio: seen }) {
      const state = own(before)
      const varianceRatio = Math.max(state.varianceRatio, seen)
      const { worse: worseTest, early: earlyTest } = tests(varianceRatio)
      const rising = varianceRatio > state.varianceRatio
      const worse = worseTest.step(rising ? worseTest.lowered(state.worse) : state.worse, look.candidate.errors, look.stable.errors)
      const early = earlyTest.step(state.early, look.candidate.errors, look.stable.errors)
      return { kind: 'errors', worse, early, varianceRatio, failedAt: state.failedAt ?? (worseTest.logEvidence(worse) >= bar ? t : null) }
    },
    verdict(before, totals): RuleVerdict {
      const state = own(before)
      const counts = {
        candidate: { requests: totals.candidate.requests, events: totals.candidate.errors },
        stable: { requests: totals.stable.requests, events: totals.stable.errors },
      }
      const evidence = tests(state.varianceRatio).worse.logEvidence(state.worse) / bar
      const base = { name: given.name, evidence: state.failedAt === null ? evidence : Math.max(evidence, 1), method, counts, figures: figures(totals) }
      if (state.failedAt !== null) return { ...base, verdict: 'fail', reason: `The candidate is ${worseThan}: ${figures(totals)}` }
      if (isEqualEnough(state)) return { ...base, verdict: 'pass', reason: `The candidate is not ${ratio} times as bad as stable: ${figures(totals)}` }
      return { ...base, verdict: 'inconclusive', reason: `Not enough evidence yet: ${figures(totals)}` }
    },
    forecast(before, totals) {
      const state = own(before)
      if (state.failedAt !== null || isEqualEnough(state)) return { requests: 0, atLeast: false }
      const { varianceRatio } = state
      const logEvidence = tests(varianceRatio).worse.logEvidence(state.worse)
      return forecastFail({ share, alpha, tolerance, varianceRatio, logEvidence, stable: { requests: totals.stable.requests, events: totals.stable.errors } })
    },
    fold(before) {
      const state = own(before)
      const { worse, early } = tests(state.varianceRatio)
      // Evidence against it goes on; that it is as good has to be shown under this traffic, too.
      return { ...state, worse: worse.fold(state.worse), early: early.start }
    },
  }
}
