import { type Cause, causes, unitCause } from '#lib/analysis/feed.ts'
import { forecastFail } from '#lib/analysis/forecast.ts'
import type { LatencyTest } from '#lib/analysis/latency.ts'
import { promoteEarlyTest } from '#lib/analysis/promote-early.ts'
import { type ArmTotals, type Comparison, counted, foreignState, percent, type RuleJudge, type RuleVerdict, type Totals } from '#lib/analysis/rule.ts'

const method = 'mixture of bucket bets'

/** The part of stable's requests that counts as slow, and how far the nearest edge may be from it. */
const slowPart = { wanted: 0.05, least: 0.005, most: 0.25 }

const sum = (counts: readonly number[], from = 0): number => counts.reduce((total, n, j) => (j >= from ? total + n : total), 0)

/** First bucket of stable's slow end; null when no edge lies near it, as when nearly all requests share a bucket. */
function slowBucket(masses: readonly number[]): number | null {
  const off = (j: number) => Math.abs(Math.log(sum(masses, j) / slowPart.wanted))
  const inner = masses.map((_, j) => j).slice(1)
  const near = inner.filter((j) => sum(masses, j) >= slowPart.least && sum(masses, j) <= slowPart.most)
  return near.toSorted((a, b) => off(a) - off(b))[0] ?? null
}

/**
 * Compares the latency distributions of the arms. Fails when "not slower than stable" is refuted at `alpha`, and stays so. There is no
 * tolerance. It passes while "slow requests are `notWorseThan` times as frequent" is refuted at `beta`, where slow is what the slowest
 * twentieth of the history is: that is the promote-early test on slow requests, so it is valid whatever the distribution. It says nothing of
 * a shift that leaves the slow end alone, which is what the failing test looks for meanwhile. Without an edge near the slow end it
 * never passes.
 * @param edgesMs inner edges of the buckets @param masses probability of each bucket in the history @param test of these masses and this share
 */
export function latencyRule(given: {
  name: string
  share: number
  alpha: number
  compare: Comparison
  edgesMs: readonly number[]
  masses: readonly number[]
  varianceRatio: number
  test: LatencyTest
}): RuleJudge {
  const { share, alpha, compare, masses, test } = given
  const ratio = compare.notWorseThan ?? 2
  const beta = compare.beta ?? 0.05
  const earlyTest = promoteEarlyTest({ share, ratio, varianceRatio: given.varianceRatio })
  const bar = Math.log(1 / alpha)
  const slowFrom = slowBucket(masses)
  const slowMs = slowFrom === null ? null : Math.round(given.edgesMs[slowFrom - 1] ?? 0)
  const slow = (counts: readonly number[]) => (slowFrom === null ? 0 : sum(counts, slowFrom))
  const rate = (arm: ArmTotals) => {
    const all = sum(arm.latency)
    return all === 0 ? 'none of 0' : `${percent(slow(arm.latency) / all)} of ${counted(all)}`
  }
  const figures = (totals: Totals) =>
    slowMs === null
      ? `${counted(sum(totals.candidate.latency))} requests of the candidate, ${counted(sum(totals.stable.latency))} of stable`
      : `${rate(totals.candidate)} requests of the candidate were slower than ${slowMs} ms, ${rate(totals.stable)} of stable`

  return {
    name: given.name,
    comparesArms: true,
    start: { kind: 'latency', slower: test.start, early: earlyTest.start, failedAt: null },
    cause({ look }): Cause | null {
      if ([look.candidate, look.stable].some((arm) => arm.requests > 0 && arm.latency.length === 0)) return 'latency missing'
      return unitCause(look, masses)
    },
    step(state, { t, look, totals }) {
      if (state.kind !== 'latency') throw foreignState(given.name)
      const slower = test.step(state.slower, look.candidate.latency, look.stable.latency)
      const early = earlyTest.step(state.early, slow(look.candidate.latency), slow(look.stable.latency))
      // An arm that was never seen outside an end bucket may be in another unit: no request of it decides until one was.
      const fails = test.logEvidence(slower) >= bar && unitCause(totals, masses, 1) === null
      return { kind: 'latency', slower, early, failedAt: state.failedAt ?? (fails ? t : null) }
    },
    verdict(state, totals): RuleVerdict {
      if (state.kind !== 'latency') throw foreignState(given.name)
      const counts = {
        candidate: { requests: sum(totals.candidate.latency), events: slow(totals.candidate.latency) },
        stable: { requests: sum(totals.stable.latency), events: slow(totals.stable.latency) },
      }
      const evidence = test.logEvidence(state.slower) / bar
      const base = { name: given.name, evidence: state.failedAt === null ? evidence : Math.max(evidence, 1), method, counts, figures: figures(totals) }
      if (state.failedAt !== null) return { ...base, verdict: 'fail', reason: `The candidate is slower than stable: ${figures(totals)}` }
      const unit = unitCause(totals, masses)
      if (unit !== null) return { ...base, evidence: null, verdict: 'error', reason: `${unit}: ${causes[unit]}`, cause: unit }
      if (unitCause(totals, masses, 1) !== null) return { ...base, evidence: null, verdict: 'inconclusive', reason: `Not enough evidence yet: ${figures(totals)}` }
      if (earlyTest.logEvidence(state.early) >= Math.log(1 / beta)) {
        return { ...base, verdict: 'pass', reason: `Slow requests are not ${ratio} times as frequent on the candidate: ${figures(totals)}` }
      }
      return { ...base, verdict: 'inconclusive', reason: `Not enough evidence yet: ${figures(totals)}` }
    },
    forecast(state, totals) {
      if (state.kind !== 'latency') throw foreignState(given.name)
      if (state.failedAt !== null || earlyTest.logEvidence(state.early) >= Math.log(1 / beta)) return { requests: 0, atLeast: false }
      if (slowFrom === null) return null
      const stable = { requests: sum(totals.stable.latency), events: slow(totals.stable.latency) }
      return forecastFail({ share, alpha, logEvidence: test.logEvidence(state.slower), stable, price: 3 })
    },
    fold(state) {
      if (state.kind !== 'latency') throw foreignState(given.name)
      // Evidence against it goes on; that it is as good has to be shown under this traffic, too.
      return { ...state, slower: test.fold(state.slower), early: earlyTest.start }
    },
  }
}
