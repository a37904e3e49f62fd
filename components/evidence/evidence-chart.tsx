'use client'
import { CartesianGrid, Line, LineChart, ReferenceLine, ResponsiveContainer, XAxis, YAxis } from 'recharts'
import { mostDrawn } from '#components/evidence/way.ts'
import { plotHeightPx, plotLeftPx, plotRightPx } from '#components/metrics/plot.ts'
import type { ComparedRule } from '#lib/evidence/contract.ts'

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
const clockToSecond = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
/** In less than this, marks of the axis would be the same minute. */
const shortMs = 600_000
const percentText = (value: number): string => `${Math.round(value * 100)}%`

/** Evidence over time with the line where it decides; a picture for the eye alone, sentence and table beside it say the same. */
export function EvidenceChart({ rule }: { rule: ComparedRule }) {
  const data = rule.points.map((p) => ({ atMs: Date.parse(p.at), evidence: p.evidence === null ? null : Math.max(-0.2, Math.min(mostDrawn, p.evidence)) }))
  const text = (data.at(-1)?.atMs ?? 0) - (data[0]?.atMs ?? 0) < shortMs ? clockToSecond : clock
  const decides = rule.mode === 'rollback' ? 'rolls back' : rule.mode === 'ask' ? 'asks' : 'worse'
  return (
    <ResponsiveContainer width="100%" height={plotHeightPx + 20}>
      <LineChart data={data} accessibilityLayer={false} margin={{ top: 6, right: plotRightPx, bottom: 2, left: 0 }}>
        <CartesianGrid stroke="var(--line)" />
        <XAxis dataKey="atMs" type="number" domain={['dataMin', 'dataMax']} {...(data.length < 6 && { ticks: data.map((d) => d.atMs) })} tickFormatter={(ms: number) => text.format(ms)} height={22} tickLine={false} axisLine={{ stroke: 'var(--line-2)' }} interval="preserveStartEnd" minTickGap={24} />
        <YAxis width={plotLeftPx} domain={[-0.2, mostDrawn]} ticks={[0, 0.5, 1, 1.5]} tickFormatter={percentText} tickLine={false} axisLine={false} interval={0} />
        <ReferenceLine y={1} stroke="var(--fail)" strokeDasharray="5 3" label={{ value: decides, position: 'right', fill: 'var(--fail)', fontSize: 11 }} />
        <Line dataKey="evidence" type="linear" stroke="var(--candidate)" strokeWidth={1.75} dot={data.length < 30 ? { r: 1.75, fill: 'var(--candidate)', stroke: 'none' } : false} isAnimationActive={false} connectNulls={false} />
      </LineChart>
    </ResponsiveContainer>
  )
}
