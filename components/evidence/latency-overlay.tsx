'use client'
import { Area, AreaChart, CartesianGrid, ResponsiveContainer, XAxis, YAxis } from 'recharts'
import { plotHeightPx, plotLeftPx, plotRightPx } from '#components/metrics/plot.ts'
import type { LatencyRow } from '#components/evidence/rows.ts'

/** Both arms over each other: what part of its requests each answered in which bucket. For the eye alone. */
export function LatencyOverlay({ rows }: { rows: readonly LatencyRow[] }) {
  const data = rows.map((r) => ({ label: r.label, stable: r.stable, candidate: r.candidate }))
  return (
    <ResponsiveContainer width="100%" height={plotHeightPx + 20}>
      <AreaChart data={data} accessibilityLayer={false} margin={{ top: 6, right: plotRightPx, bottom: 2, left: 0 }}>
        <CartesianGrid stroke="var(--line)" vertical={false} />
        <XAxis dataKey="label" height={22} tickLine={false} axisLine={{ stroke: 'var(--line-2)' }} interval="preserveStartEnd" minTickGap={24} />
        <YAxis width={plotLeftPx} tickCount={3} tickFormatter={(value: number) => `${Math.round(value * 100)}%`} tickLine={false} axisLine={false} />
        <Area dataKey="stable" type="stepAfter" stroke="var(--stable)" strokeWidth={1.5} fill="var(--stable)" fillOpacity={0.18} isAnimationActive={false} />
        <Area dataKey="candidate" type="stepAfter" stroke="var(--candidate)" strokeWidth={1.75} fill="var(--candidate)" fillOpacity={0.14} isAnimationActive={false} />
      </AreaChart>
    </ResponsiveContainer>
  )
}
