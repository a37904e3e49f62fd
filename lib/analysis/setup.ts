import { splitAlpha } from '#lib/analysis/alpha.ts'
import { type IntervalCounts, learnBursts } from '#lib/analysis/bursts.ts'
import { errorRule } from '#lib/analysis/error-rule.ts'
import { type LatencyTest, latencyTest, smoothedMasses } from '#lib/analysis/latency.ts'
import { latencyRule } from '#lib/analysis/latency-rule.ts'
import { type JudgeRule, type RuleJudge, SetupError } from '#lib/analysis/rule.ts'
import { thresholdRule } from '#lib/analysis/threshold-rule.ts'

/**
 * What is judged. `share`: the candidate's part of the requests. `alpha`: chance of failing any good candidate, over all rules and looks.
 * `history`: stable's latency before the rollout; `edgesMs` are the inner edges, so there is one count more than edges. As many edges as
 * counts are taken too: then the last edge is that of the open bucket and is ignored. `varianceRatio` and `bunch`: how errors come
 * together on this service, and `past` is what to learn them from when they are not given (bursts.ts); `latencyVarianceRatio` is the same for slow
 * requests. `revisions`: what the counts must be labelled with. `hasNoGaps`: each look was read to hold all since the one before, so that a pause
 * between them is the reader's and no fault of the feed.
 */
export type JudgeSetup = {
  share: number
  alpha: number
  rules: readonly JudgeRule[]
  history?: { edgesMs: readonly number[]; stableCounts: readonly number[] } | undefined
  past?: IntervalCounts | undefined
  varianceRatio?: number | undefined
  bunch?: number | undefined
  latencyVarianceRatio?: number | undefined
  revisions?: { candidate: string; stable: string } | undefined
  hasNoGaps?: boolean | undefined
}

function historyOf(setup: JudgeSetup): { edgesMs: readonly number[]; masses: readonly number[] } | null {
  if (!setup.history) return null
  const { edgesMs, stableCounts } = setup.history
  if (stableCounts.length < 2) throw new SetupError('history.stableCounts', 'at least two buckets are needed')
  if (!stableCounts.some((n) => n > 0)) throw new SetupError('history.stableCounts', 'at least one request')
  if (edgesMs.length !== stableCounts.length && edgesMs.length !== stableCounts.length - 1) {
    throw new SetupError('history.edgesMs', `${stableCounts.length} counts need ${stableCounts.length - 1} inner edges (or ${stableCounts.length}, the last one open), not ${edgesMs.length}`)
  }
  const inner = edgesMs.slice(0, stableCounts.length - 1)
  if (inner.some((edge, i) => !(edge > (inner[i - 1] ?? 0)))) throw new SetupError('history.edgesMs', 'edges are above 0 and rise')
  return { edgesMs: inner, masses: smoothedMasses(stableCounts) }
}

/** The rules of a setup, each with its part of alpha. @throws SetupError */
export function rulesOf(setup: JudgeSetup): RuleJudge[] {
  const history = historyOf(setup)
  const alphaOf = (rule: JudgeRule) => rule.compare?.alpha ?? rule.alpha
  const comparisons = setup.rules.filter((rule) => rule.compare)
  let alphas: number[]
  try {
    alphas = splitAlpha(setup.alpha, comparisons.map(alphaOf))
  } catch (err) {
    throw new SetupError('alpha', err instanceof Error ? err.message : String(err))
  }
  const learned = setup.varianceRatio === undefined && setup.past ? learnBursts(setup.past) : { varianceRatio: setup.varianceRatio ?? 1, bunch: setup.bunch }
  const varianceRatio = setup.latencyVarianceRatio ?? 1
  // One for all rules on latency: making it takes longer than a hundred looks by it.
  let slower: LatencyTest | null = null
  return setup.rules.map((rule, i) => {
    const common = { name: rule.name, share: setup.share }
    const needsHistory = rule.compare ? rule.compare.metric === 'latency' : rule.threshold.metric !== 'error_rate'
    if (needsHistory && !history) throw new SetupError('history', `the rule "${rule.name}" is about latency, so the buckets of stable's past are needed`)
    const { edgesMs, masses } = history ?? { edgesMs: [], masses: [] }
    if (rule.threshold) return thresholdRule({ ...common, threshold: rule.threshold, edgesMs, masses })
    const alpha = alphas[comparisons.indexOf(rule)] ?? 0
    const { compare } = rule
    if (compare.metric === 'error_rate') return errorRule({ ...common, alpha, compare, ...learned })
    if (compare.tolerance) throw new SetupError(`rules[${i}].compare.tolerance`, 'a latency comparison knows no tolerance')
    slower ??= latencyTest({ share: setup.share, masses, varianceRatio })
    return latencyRule({ ...common, alpha, compare, edgesMs, masses, varianceRatio, test: slower })
  })
}
