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

/** Without the buckets before and after: what was long ago, or came long since, would press the rollout into a corner. */
function between(m: TargetMetrics, fromMs: number, toMs: number): TargetMetrics {
  const [startMs, bucketMs] = [Date.parse(m.from), m.bucketSeconds * 1000]
  const count = m.revisions[0]?.buckets.length ?? 0
  const end = Math.max(Math.min(count, Math.ceil((toMs - startMs) / bucketMs)), Math.min(count, leastBuckets))
  const skip = Math.max(0, Math.min(Math.floor((fromMs - startMs) / bucketMs), end - leastBuckets))
  const at = (bucket: number) => new Date(startMs + bucket * bucketMs).toISOString()
  const [from, to] = [at(skip), end < count ? at(end) : m.to]
  return { ...m, from, to, asOf: end < count ? to : m.asOf, markers: m.markers.filter((k) => k.at >= from && (end === count || k.at <= to)), revisions: m.revisions.map((v) => ({ ...v, buckets: v.buckets.slice(skip, end), arms: v.arms.slice(skip, end) })) }
}

/** This rollout's arms alone: what another release answered minutes before is no evidence of this one. */
const ofItsArms = (m: TargetMetrics): TargetMetrics => ({ ...m, revisions: m.revisions.filter((v) => v.arms.some((arm) => arm !== 'other')) })

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
      <div className="evidence">{read.data ? <Charts metrics={ofItsArms(asSeenBy(r, between(read.data, Date.parse(r.startedAt ?? r.createdAt) - leadMs, r.endedAt ? Date.parse(r.endedAt) + leadMs : Infinity)))} only={judged} /> : read.error ? <Unreadable read={read} /> : <p className="t3" role="status">Reading the metrics.</p>}</div>
    </Section>
  )
}
