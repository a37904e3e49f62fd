'use client'
import { useId } from 'react'
import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts'
import { axisText, type ChartKind, niceTop, timeTicks } from '#components/metrics/kinds.ts'
import { ChartMarks, type EndLabel, Hatch } from '#components/metrics/marks.tsx'
import { plotHeightPx, plotLeftPx, plotRightPx } from '#components/metrics/plot.ts'
import { armKeys, type ArmKey, highest, type Row, type Span } from '#components/metrics/rows.ts'
import type { TargetMetrics } from '#lib/metrics/contract.ts'

const hues: Record<ArmKey, string> = { stable: 'var(--stable)', candidate: 'var(--candidate)', other: 'var(--text-3)' }
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

/** Hidden ticks still give the grid its lines, which an axis without ticks would not. */
const noTick = () => <g />

type ChartProps = { kind: ChartKind; metrics: TargetMetrics; rows: readonly Row[]; spans: readonly Span[]; untilMs: number; withAxis: boolean }

/** One chart of a stack that shares its time axis. A picture for the eye alone: sentence and table beside it say the same. */
export function MetricChart({ kind, metrics: m, rows, spans, untilMs, withAxis }: ChartProps) {
  const hatchId = useId()
  const fromMs = Date.parse(m.from)
  const lines = armKeys.flatMap((arm) => kind.measures.map((measure) => ({ arm, measure, key: `${arm} ${measure.key}` }))).filter(({ arm }) => rows.some((r) => r[arm] !== null))
  const data = rows.map((row) => ({ atMs: row.middleMs, ...Object.fromEntries(lines.map(({ arm, measure, key }) => [key, row[arm] ? measure.value(row[arm], m.bucketSeconds) : null])) }) as Record<string, number | null> & { atMs: number })
  const limits = m.limits.filter((l) => kind.metrics.includes(l.metric) && l.mode !== 'watch')
  const peak = Math.max(kind.leastTop, ...kind.measures.map((measure) => highest(rows, (f) => measure.value(f, m.bucketSeconds))?.value ?? 0))
  // A limit far above what is measured would press the lines flat: then the sentence is enough.
  const drawn = limits.filter((l) => l.max <= peak * 20)
  const top = niceTop(Math.max(peak * 1.05, ...drawn.map((l) => l.max * 1.1)))
  const ticks = timeTicks(m.window, fromMs, untilMs, -new Date(untilMs).getTimezoneOffset() * 60_000)
  const timeText = (ms: number) => (m.window === '7d' ? day : clock).format(ms)
  const ends = lines.flatMap(({ arm, measure, key }): EndLabel[] => {
    const last = data.findLast((d) => typeof d[key] === 'number')
    const value = last?.[key]
    return last && typeof value === 'number' ? [{ arm, thin: measure.thin, atMs: last.atMs, value, text: kind.text(value), isNewest: last === data.at(-1) }] : []
  })
  return (
    <ResponsiveContainer width="100%" height={plotHeightPx + (withAxis ? 20 : 0)}>
      <LineChart data={data} syncId={m.target} accessibilityLayer={false} margin={{ top: 6, right: plotRightPx, bottom: 2, left: 0 }}>
        <Hatch id={hatchId} />
        <CartesianGrid stroke="var(--line)" />
        <XAxis dataKey="atMs" type="number" domain={[fromMs, untilMs]} ticks={ticks} tickFormatter={timeText} height={withAxis ? 22 : 2} {...(!withAxis && { tick: noTick })} tickLine={false} axisLine={{ stroke: 'var(--line-2)' }} interval="preserveStartEnd" minTickGap={12} />
        <YAxis width={plotLeftPx} domain={[0, top]} ticks={[0, top / 2, top]} tickFormatter={(value: number) => axisText(kind, value)} tickLine={false} axisLine={false} interval={0} />
        <Tooltip isAnimationActive={false} cursor={{ stroke: 'var(--line-strong)' }} content={({ active, label }) => (active && typeof label === 'number' ? <Tip kind={kind} row={rows.find((r) => r.middleMs === label)} bucketSeconds={m.bucketSeconds} /> : null)} />
        <ChartMarks hatchId={hatchId} spans={spans} marks={m.markers.map((k) => Date.parse(k.at))} limits={drawn.map((l) => ({ value: l.max, mode: l.mode, text: `${axisText(kind, l.max)}: ${l.mode === 'rollback' ? 'rolls back' : 'asks'}` }))} ends={ends} />
        {lines.map(({ arm, measure, key }) => <Line key={key} dataKey={key} type="linear" stroke={hues[arm]} strokeWidth={measure.thin ? 1.1 : 1.75} strokeOpacity={measure.thin ? 0.75 : 1} dot={<LoneDot data={data} dataKey={key} />} activeDot={{ r: 3, strokeWidth: 0 }} isAnimationActive={false} connectNulls={false} />)}
      </LineChart>
    </ResponsiveContainer>
  )
}

type DotProps = { data: readonly Record<string, number | null>[]; dataKey: string; cx?: number; cy?: number; index?: number; stroke?: string }

/** A value between two gaps has no line to be seen by. */
function LoneDot({ data, dataKey, cx, cy, index, stroke }: DotProps) {
  if (index === undefined || typeof data[index]?.[dataKey] !== 'number' || typeof data[index - 1]?.[dataKey] === 'number' || typeof data[index + 1]?.[dataKey] === 'number') return null
  return <circle cx={cx} cy={cy} r={1.75} fill={stroke} stroke="none" />
}

function Tip({ kind, row, bucketSeconds }: { kind: ChartKind; row: Row | undefined; bucketSeconds: number }) {
  if (!row) return null
  const shown = armKeys.flatMap((arm) => (row[arm] ? [{ arm, figures: row[arm] }] : []))
  return (
    <div className="chart-tip">
      <p className="t3">{day.format(row.fromMs)} {clock.format(row.fromMs)} to {clock.format(row.toMs)}</p>
      {shown.length === 0 && <p>no data</p>}
      {shown.map(({ arm, figures }) => (
        <p key={arm}><span className={arm === 'candidate' ? 'arm ca' : arm === 'other' ? 'arm ot' : 'arm'}>{figures.version ?? figures.revision}</span> {kind.measures.map((measure) => { const v = measure.value(figures, bucketSeconds); return `${kind.measures.length > 1 ? `${measure.word} ` : ''}${v === null ? 'no data' : kind.text(v)}` }).join(', ')}</p>
      ))}
    </div>
  )
}
