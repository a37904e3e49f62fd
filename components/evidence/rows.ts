import { millisText } from '#components/ui/format.ts'
import type { RolloutEvidence } from '#lib/evidence/contract.ts'

export type LatencyRow = { label: string; stable: number; candidate: number; stableCount: number; candidateCount: number }
type Latency = NonNullable<RolloutEvidence['latency']>

const total = (counts: readonly number[]): number => counts.reduce((a, b) => a + b, 0)
const part = (n: number, of: number): number => (of === 0 ? 0 : n / of)

/** Buckets that either arm has requests in, with one empty one at each end so that nothing seems cut off; parts of each arm's own requests. */
export function latencyRows({ innerMs, stable, candidate }: Latency): LatencyRow[] {
  const used = stable.flatMap((n, j) => (n > 0 || (candidate[j] ?? 0) > 0 ? [j] : []))
  const [first, last] = [used[0], used.at(-1)]
  if (first === undefined || last === undefined) return []
  const [allStable, allCandidate] = [total(stable), total(candidate)]
  return stable.flatMap((n, j) => {
    if (j < first - 1 || j > last + 1) return []
    const upper = innerMs[j]
    return [{ label: upper === undefined ? `> ${millisText(innerMs.at(-1) ?? 0)}` : millisText(upper), stable: part(n, allStable), candidate: part(candidate[j] ?? 0, allCandidate), stableCount: n, candidateCount: candidate[j] ?? 0 }]
  })
}
