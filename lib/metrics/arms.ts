import type { ArmName, Figures } from '#lib/metrics/contract.ts'

/** A promotion's rollout, as far as it says who was what and when. Times in ms; `toMs` null while it is open. */
export type ArmSpan = { stable: string | null; candidate: string | null; fromMs: number; toMs: number | null }
type Revision = { revision: string; buckets: readonly (Figures | null)[] }

/**
 * What each revision was in each bucket: candidate while a rollout brings it, stable when that rollout comes from it or
 * when it answers most while none runs, else other. So one revision is first candidate and, once it has succeeded, stable.
 * Pure: `fromMs` is the start of the first bucket.
 */
export function armsOf(revisions: readonly Revision[], spans: readonly ArmSpan[], fromMs: number, bucketMs: number): ArmName[][] {
  const total = revisions[0]?.buckets.length ?? 0
  const names = revisions.map((): ArmName[] => [])
  for (let i = 0; i < total; i++) {
    const [startMs, endMs] = [fromMs + i * bucketMs, fromMs + (i + 1) * bucketMs]
    const running = spans.filter((s) => s.fromMs < endMs && (s.toMs ?? Infinity) > startMs)
    const requests = (r: Revision) => r.buckets[i]?.requests ?? 0
    const isCandidate = (r: Revision) => running.some((s) => s.candidate === r.revision)
    const named = revisions.find((r) => !isCandidate(r) && running.some((s) => s.stable === r.revision))
    const busiest = revisions.filter((r) => !isCandidate(r)).reduce<Revision | undefined>((best, r) => (best === undefined || requests(r) > requests(best) ? r : best), undefined)
    const stable = named ?? busiest
    revisions.forEach((r, at) => names[at]?.push(isCandidate(r) ? 'candidate' : r === stable ? 'stable' : 'other'))
  }
  return names
}
