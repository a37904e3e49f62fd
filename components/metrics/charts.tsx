'use client'
import dynamic from 'next/dynamic'
import { Charted } from '#components/metrics/charted.tsx'
import { type ChartKind, chartKinds } from '#components/metrics/kinds.ts'
import { plotHeightPx } from '#components/metrics/plot.ts'
import { ReleaseStrip } from '#components/metrics/release-strip.tsx'
import { armKeys, type Row, rowsOf, type Span, unknownSpans } from '#components/metrics/rows.ts'
import { Says } from '#components/metrics/says.tsx'
import { Twin } from '#components/metrics/twin.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { durationText, sentence } from '#components/ui/format.ts'
import type { TargetMetrics } from '#lib/metrics/contract.ts'

// The drawing library is large, and many look only at the head of the page.
const MetricChart = dynamic(() => import('#components/metrics/chart.tsx').then((m) => m.MetricChart), { ssr: false })

const lateText = (m: TargetMetrics) => (m.source.ingestDelaySeconds === null ? '' : `${m.source.name} shows requests about ${durationText((m.source.ingestDelaySeconds + (m.source.samplePeriodSeconds ?? 0)) * 1000)} late.`)

/** Instead of charts that could not be measured: the source's own words. It is not the release's fault, and does not look so. */
export const CannotMeasure = ({ name, error }: { name: string; error: string }) => <p className="empty"><Mark kind="error">Cannot measure</Mark> {name} answered: {sentence(error)} It is asked again while this page is open; nothing is counted against a release meanwhile.</p>

export function Charts({ metrics: m, only }: { metrics: TargetMetrics; only?: readonly ChartKind['key'][] }) {
  if (m.error !== null) return <CannotMeasure name={m.source.name} error={m.error} />
  const rows = rowsOf(m)
  const kinds = chartKinds.filter((kind) => only?.includes(kind.key) ?? true)
  if (m.revisions.length === 0) return <Empty>No data: no request was reported in this window. {lateText(m)}</Empty>
  const untilMs = Math.max(Date.parse(m.asOf), Date.parse(m.to))
  const spans = unknownSpans(rows, untilMs)
  const known = armKeys.filter((arm) => rows.some((r) => r[arm] !== null))
  return (
    <>
      <p className="chart-keys">
        {known.map((arm) => <span key={arm} className={arm === 'candidate' ? 'key ca' : arm === 'other' ? 'key ot' : 'key'}>{arm === 'other' ? 'neither' : arm}</span>)}
        <span className="key thin">p50</span>
        {spans.length > 0 && <span className="key unknown">{[...new Set(spans.map((s) => s.why))].join(', or ')}</span>}
        <span>{lateText(m)}</span>
      </p>
      <ReleaseStrip markers={m.markers} fromMs={Date.parse(m.from)} untilMs={untilMs} />
      {kinds.map((kind, i) => <OneChart key={kind.key} kind={kind} metrics={m} rows={rows} spans={spans} untilMs={untilMs} withAxis={i === kinds.length - 1} />)}
    </>
  )
}

type OneProps = { kind: ChartKind; metrics: TargetMetrics; rows: readonly Row[]; spans: readonly Span[]; untilMs: number; withAxis: boolean }

const OneChart = ({ kind, metrics, rows, spans, untilMs, withAxis }: OneProps) => (
  <Charted title={kind.title} says={<Says kind={kind} rows={rows} bucketSeconds={metrics.bucketSeconds} />} heightPx={plotHeightPx + (withAxis ? 20 : 0)} table={() => <Twin kind={kind} rows={rows} bucketSeconds={metrics.bucketSeconds} />}>
    <MetricChart kind={kind} metrics={metrics} rows={rows} spans={spans} untilMs={untilMs} withAxis={withAxis} />
  </Charted>
)
