'use client'
import Link from 'next/link'
import { Charts } from '#components/metrics/charts.tsx'
import { asSeenBy } from '#components/metrics/rows.ts'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { useStale } from '#components/live/use-stale.ts'
import { useNowMs } from '#components/ui/clock.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { metricsWindowNames, metricsWindows, type MetricsWindowName, type TargetMetrics, viewTargetMetrics } from '#lib/metrics/contract.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { isEnd } from '#lib/rollouts/state.ts'

const judged = ['errors', 'latency'] as const
/** Some of what was before belongs to the picture, and an end that is long past would be too small in it. */
const leadMs = 300_000
const patienceSeconds = 90

function windowOf(r: RolloutView, nowMs: number): MetricsWindowName | null {
  if (r.kind === 'shift' || r.startedAt === null) return null
  const agoMs = nowMs - Date.parse(r.startedAt) + leadMs
  const name = metricsWindowNames.find((n) => metricsWindows[n].spanSeconds * 1000 >= agoMs)
  return name === '7d' && isEnd(r.state) ? null : (name ?? null)
}

const leastBuckets = 15

/** Without the buckets before: what was long ago would press the rollout into a corner. */
function since(m: TargetMetrics, fromMs: number): TargetMetrics {
  const count = m.revisions[0]?.buckets.length ?? 0
  const skip = Math.max(0, Math.min(Math.floor((fromMs - Date.parse(m.from)) / (m.bucketSeconds * 1000)), count - leastBuckets))
  const from = new Date(Date.parse(m.from) + skip * m.bucketSeconds * 1000).toISOString()
  return { ...m, from, markers: m.markers.filter((k) => k.at >= from), revisions: m.revisions.map((v) => ({ ...v, buckets: v.buckets.slice(skip), arms: v.arms.slice(skip) })) }
}

/** What the rules judge, over time: both arms against the limits, with the moments that traffic moved. */
export function Evidence({ rollout: r }: { rollout: RolloutView }) {
  const window = windowOf(r, useNowMs(60_000))
  return window ? <Shown rollout={r} window={window} /> : null
}

function Shown({ rollout: r, window }: { rollout: RolloutView; window: MetricsWindowName }) {
  const read = useLiveQuery(viewTargetMetrics, { id: r.target.id, window })
  const stale = useStale(read.data?.asOf, metricsWindows[window].bucketSeconds / 4 + patienceSeconds) && read.data !== undefined
  return (
    <Section title="Evidence" note="what the rules judge, over time" stale={stale} busy={read.isFetching && !read.data} end={<><Link className="rows small t2" href={`/targets/${r.target.id}?window=${window}`}>All charts</Link>{read.data && <Stamp asOf={read.data.asOf} stale={stale} />}</>}>
      <div className="evidence">{read.data ? <Charts metrics={asSeenBy(r, since(read.data, Date.parse(r.startedAt ?? r.createdAt) - leadMs))} only={judged} /> : read.error ? <Unreadable read={read} /> : <p className="t3" role="status">Reading the metrics.</p>}</div>
    </Section>
  )
}
