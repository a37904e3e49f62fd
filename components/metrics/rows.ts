import type { ArmName, Figures, TargetMetrics } from '#lib/metrics/contract.ts'

export type ArmFigures = Figures & { revision: string; version: string | null }
/** One bucket as a chart and its table show it; null where nothing was reported. Times in ms. */
export type Row = { fromMs: number; toMs: number; middleMs: number; stable: ArmFigures | null; candidate: ArmFigures | null; other: ArmFigures | null }

/** The revisions in their parts, bucket by bucket. Of several that are neither stable nor candidate the busiest is shown. */
export function rowsOf(m: TargetMetrics): Row[] {
  const startMs = Date.parse(m.from)
  const bucketMs = m.bucketSeconds * 1000
  const total = Math.round((Date.parse(m.to) - startMs) / bucketMs)
  return Array.from({ length: total }, (_, i) => {
    const of = (arm: ArmName) => m.revisions.reduce<ArmFigures | null>((best, r) => {
      const figures = r.buckets[i]
      return figures && r.arms[i] === arm && figures.requests > (best?.requests ?? 0) ? { ...figures, revision: r.revision, version: r.version } : best
    }, null)
    const fromMs = startMs + i * bucketMs
    return { fromMs, toMs: fromMs + bucketMs, middleMs: fromMs + bucketMs / 2, stable: of('stable'), candidate: of('candidate'), other: of('other') }
  })
}

type Arms = Record<'stable' | 'candidate', { revision: string } | null>

/** The arms of one rollout, whatever its revisions were in another: what is stable in it may have been a candidate minutes before. */
export function asSeenBy({ stable, candidate }: Arms, m: TargetMetrics): TargetMetrics {
  const arm = (revision: string): ArmName => (revision === candidate?.revision ? 'candidate' : revision === stable?.revision ? 'stable' : 'other')
  return { ...m, revisions: m.revisions.map((r) => ({ ...r, arms: r.arms.map(() => arm(r.revision)) })) }
}

export const isEmpty = (r: Row): boolean => r.stable === null && r.candidate === null && r.other === null

export type Span = { fromMs: number; toMs: number; why: 'no data' | 'not reported yet' }

/** What is not known: stretches where no revision reported anything, and what the source has not shown yet. */
export function unknownSpans(rows: readonly Row[], untilMs: number): Span[] {
  const spans: Span[] = []
  for (const r of rows) {
    if (!isEmpty(r)) continue
    const last = spans.at(-1)
    if (last?.toMs === r.fromMs) last.toMs = r.toMs
    else spans.push({ fromMs: r.fromMs, toMs: r.toMs, why: 'no data' })
  }
  const reportedMs = rows.at(-1)?.toMs ?? untilMs
  return untilMs > reportedMs ? [...spans, { fromMs: reportedMs, toMs: untilMs, why: 'not reported yet' }] : spans
}

export const armKeys = ['stable', 'candidate', 'other'] as const
export type ArmKey = (typeof armKeys)[number]

/** Requests and failures of an arm over all rows; null when it never answered. */
export function totalOf(rows: readonly Row[], arm: ArmKey): { requests: number; errors: number } | null {
  const known = rows.flatMap((r) => (r[arm] ? [r[arm]] : []))
  return known.length === 0 ? null : { requests: known.reduce((sum, f) => sum + f.requests, 0), errors: known.reduce((sum, f) => sum + f.errors, 0) }
}

/** The row in which an arm's figure is highest. */
export function highest(rows: readonly Row[], value: (f: ArmFigures) => number | null): { row: Row; arm: ArmKey; value: number } | null {
  let best: { row: Row; arm: ArmKey; value: number } | null = null
  for (const row of rows)
    for (const arm of armKeys) {
      const figure = row[arm] && value(row[arm])
      if (figure !== null && figure > (best?.value ?? -1)) best = { row, arm, value: figure }
    }
  return best
}
