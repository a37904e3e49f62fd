import { result, times } from '#bench/analysis/goal.ts'
import { generator } from '#bench/analysis/random.ts'
import { poisson } from '#bench/analysis/sampling.ts'
import { percentile, table } from '#bench/statistics.ts'
import { judge, type JudgeRule } from '#lib/analysis/judge.ts'
import { logEdgesMs } from '#lib/analysis/latency.ts'
import type { ArmIncrement, Look } from '#lib/analysis/model.ts'

const [ruleCount, bucketCount, rounds] = [50, 25, 5]
/** Enough of each that a round takes some tens of milliseconds. */
const looksOf50 = 100
const looksOfOne = 5000
const history = { edgesMs: logEdgesMs(10, 5000, bucketCount), stableCounts: Array.from({ length: bucketCount }, (_, j) => 40_000 * Math.exp(-(((j - 9) / 4) ** 2)) + 10).map(Math.round) }

/** Looks at 100 requests a second and a share of a tenth, with 1% errors and latencies as the history has them. */
function looksOf(seed: number, count: number): Look[] {
  const random = generator(seed, 'cost')
  const total = history.stableCounts.reduce((a, b) => a + b, 0)
  const arm = (requests: number) => {
    const draws = history.stableCounts.map((n) => poisson((requests * n) / total, random))
    const errors = poisson(requests * 0.01, random)
    return (): ArmIncrement => {
      const latency = draws.map((draw) => draw())
      const answered = latency.reduce((a, b) => a + b, 0)
      return { requests: answered, errors: Math.min(errors(), answered), latency }
    }
  }
  const [candidate, stable] = [arm(10), arm(90)]
  return Array.from({ length: count }, (_, i) => ({ t: i + 1, candidate: candidate(), stable: stable() }))
}

const named = (compare: NonNullable<JudgeRule['compare']>, count: number): JudgeRule[] => Array.from({ length: count }, (_, i) => ({ name: `rule ${i}`, compare }))

/** Milliseconds per look: the median of the rounds, after one that warms up. */
function msPerLook(looks: readonly Look[], pass: (looks: readonly Look[]) => void): number {
  const measured = Array.from({ length: rounds + 1 }, () => {
    const began = performance.now()
    pass(looks)
    return (performance.now() - began) / looks.length
  })
  return percentile(measured.slice(1), 50)
}

/** Reads each count once for each rule: the least that anything must do that looks at all of them. */
let read = 0
function onePass(looks: readonly Look[]): void {
  for (const { candidate, stable } of looks) {
    for (let rule = 0; rule < ruleCount; rule++) {
      for (let j = 0; j < bucketCount; j++) read += (candidate.latency[j] ?? 0) * rule - (stable.latency[j] ?? 0)
    }
  }
}

function judged(rules: readonly JudgeRule[]): (looks: readonly Look[]) => void {
  const one = judge({ share: 0.1, alpha: 0.05, rules, history })
  return (looks) => {
    let { start: state } = one
    for (const look of looks) ({ state } = one.look(state, look))
  }
}

/** Judging by what a request or a job would do: compile the rules, judge one look, keep the state. */
function compiledEachTime(rules: readonly JudgeRule[]): (looks: readonly Look[]) => void {
  const setup = { share: 0.1, alpha: 0.05, rules, history }
  return (looks) => {
    let { start: state } = judge(setup)
    for (const look of looks) ({ state } = judge(setup).look(state, look))
  }
}

/** What judging costs. @returns the table; times are of this machine and not of the seed */
export function costs(seed: number): string {
  const looks = looksOf(seed, looksOf50)
  const fifty = named({ metric: 'latency' }, ruleCount)
  const pass = msPerLook(looks, onePass)
  const all = msPerLook(looks, judged(fifty))
  const compiled = msPerLook(looks.slice(0, 10), compiledEachTime(fifty))
  const perSecond = 1000 / msPerLook(looksOf(seed, looksOfOne), judged(named({ metric: 'error_rate' }, 1)))
  if (!Number.isFinite(read)) throw new Error('the counts were not read')
  const counts = `${ruleCount} rules × ${bucketCount} buckets × 2 arms`
  return table(
    ['what', 'figure', 'goal', 'result'],
    [
      [`${counts}, one look`, `${all.toFixed(3)} ms`, '≤ 5 ms', result({ '': { figure: all, atMost: 5 } })],
      [`${counts}, rules compiled for it as well`, `${compiled.toFixed(3)} ms`, '≤ 5 ms', result({ '': { figure: compiled, atMost: 5 } })],
      ['one look ÷ one pass over the same counts', times(all / pass, 1), '≤ 20 ×', result({ '': { figure: all / pass, atMost: 20 } }, 1)],
      ['one error rule', `${Math.round(perSecond).toLocaleString('en')} looks a second`, '≥ 50,000', result({ '': { figure: perSecond, atLeast: 50_000 } }, 0)],
    ],
  )
}
