'use client'
import Link from 'next/link'
import { Charts } from '#components/metrics/charts.tsx'
import { useFilters } from '#components/live/list-screen.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { useStale } from '#components/live/use-stale.ts'
import { Skeleton } from '#components/ui/empty.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { metricsWindowNames, metricsWindows, type MetricsWindowName, viewTargetMetrics } from '#lib/metrics/contract.ts'

const titles: Record<MetricsWindowName, string> = { '1h': 'Last hour', '6h': 'Last six hours', '24h': 'Last 24 hours', '7d': 'Last seven days' }
const words: Record<MetricsWindowName, string> = { '1h': '1 h', '6h': '6 h', '24h': '24 h', '7d': '7 d' }
const usual: MetricsWindowName = '6h'
/** Beside the reading's own age: this page asks every 30 s. */
const patienceSeconds = 90

/** What the target answered, by arm, with the rollouts that moved its traffic. The window is in the address. */
export function Measured({ targetId }: { targetId: string }) {
  const filters = useFilters()
  const given = filters.get('window')
  const window = metricsWindowNames.find((name) => name === given) ?? usual
  const read = useLiveQuery(viewTargetMetrics, { id: targetId, window })
  const stale = useStale(read.data?.asOf, metricsWindows[window].bucketSeconds / 4 + patienceSeconds) && read.data !== undefined
  return (
    <Section
      title={titles[window]}
      stale={stale}
      busy={read.isFetching && !read.data}
      end={
        <>
          <nav className="seg" aria-label="Window of the charts">{metricsWindowNames.map((name) => <Link key={name} href={filters.href({ window: name === usual ? undefined : name })} replace scroll={false} prefetch={false} aria-current={name === window ? 'true' : undefined}>{words[name]}</Link>)}</nav>
          {read.data && <Stamp asOf={read.data.asOf} stale={stale} />}
        </>
      }
    >
      {read.data ? <Charts metrics={read.data} /> : read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />}
    </Section>
  )
}
