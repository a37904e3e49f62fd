import type { ArmFigures } from '#components/metrics/rows.ts'
import { countText, millisText, rateText } from '#components/ui/format.ts'
import type { TargetMetrics } from '#lib/metrics/contract.ts'

type Limit = TargetMetrics['limits'][number]
/** One line of a chart: what of an arm it shows, and whether it is the thinner one of two. */
export type Measure = { key: string; word: string; thin: boolean; value: (f: ArmFigures, bucketSeconds: number) => number | null }
export type ChartKind = { key: 'requests' | 'errors' | 'latency'; title: string; measures: readonly Measure[]; text: (value: number) => string; metrics: readonly Limit['metric'][]; leastTop: number }

export const perSecondText = (n: number): string => `${n >= 100 ? countText(Math.round(n)) : n.toFixed(n >= 10 || n === 0 ? 0 : 1)}/s`

/** The three charts of a target: what is drawn, how it is said, and which rules limit it. */
export const chartKinds: readonly ChartKind[] = [
  { key: 'requests', title: 'Requests per second', measures: [{ key: 'rate', word: 'requests/s', thin: false, value: (f, seconds) => f.requests / seconds }], text: perSecondText, metrics: [], leastTop: 1 },
  { key: 'errors', title: '5xx rate', measures: [{ key: 'errors', word: '5xx', thin: false, value: (f) => f.errorRate }], text: rateText, metrics: ['error_rate'], leastTop: 0.01 },
  {
    key: 'latency', title: 'Latency, p95 and p50', text: millisText, metrics: ['latency_p95', 'latency_p50'], leastTop: 10,
    measures: [{ key: 'p95', word: 'p95', thin: false, value: (f) => f.p95Ms }, { key: 'p50', word: 'p50', thin: true, value: (f) => f.p50Ms }],
  },
]

/** For an axis or a limit: without the digits that say nothing, and never broken over two lines. */
export const axisText = (kind: ChartKind, value: number): string => (value === 0 ? '0' : kind.text(value).replace(/\.0+(?=\D)/, '').replace(' ', '\u00a0'))

/** The least of 1, 2, 4, 5, 8 and 10 times a power of ten that is not below: the top of an axis, whose half is round too. */
export function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 2, 4, 5, 8, 10].find((n) => n * power >= value * 0.9999) ?? 10) * power
}

const tickMs = { '1h': 600_000, '6h': 3_600_000, '24h': 14_400_000, '7d': 86_400_000 } as const

/** Round hours of the reader's own clock; `offsetMs` is its distance to UTC. */
export function timeTicks(window: TargetMetrics['window'], fromMs: number, toMs: number, offsetMs: number): number[] {
  const step = tickMs[window]
  const ticks: number[] = []
  for (let at = Math.ceil((fromMs + offsetMs) / step) * step - offsetMs; at <= toMs; at += step) ticks.push(at)
  return ticks
}
