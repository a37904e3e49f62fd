'use client'
import { FilterSeg, Pages, useFilters } from '#components/live/list-screen.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { RolloutTable } from '#components/rollouts/running-list.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { listApplications } from '#lib/applications/contract.ts'
import { listRollouts } from '#lib/rollouts/contract.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'

const states = [
  { value: undefined, text: 'Any state' },
  { value: openRolloutStates.join(','), text: 'Open' },
  { value: 'held', text: 'Held' },
  { value: 'succeeded', text: 'Succeeded' },
  { value: 'rolled_back,failed', text: 'Ended badly' },
]

export function RolloutsScreen() {
  const filters = useFilters()
  const input = Object.fromEntries((['application', 'target', 'state', 'cursor'] as const).flatMap((k) => { const v = filters.get(k); return v ? [[k, v]] : [] }))
  const read = useLiveQuery(listRollouts, input)
  const applications = useLiveQuery(listApplications, {}).data?.items ?? []
  return (
    <>
      <Bar crumbs={[{ text: 'Rollouts' }]} />
      <Head title="Rollouts"><p>Every change of traffic on a target, newest first.</p></Head>
      <section className="sec" aria-label="Rollouts">
        <div className="row-f">
          <FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.map((a) => ({ value: a.slug, text: a.title }))]} />
          <FilterSeg filters={filters} name="state" label="State" options={states} />
          {filters.get('target') && <FilterSeg filters={filters} name="target" label="Target" options={[{ value: filters.get('target'), text: 'One target' }, { value: undefined, text: 'All targets' }]} />}
        </div>
        {read.data ? read.data.items.length > 0 ? <RolloutTable rollouts={read.data.items} /> : <Empty>No rollout fits. A promotion that starts makes one per service.</Empty> : read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />}
        <Pages filters={filters} nextCursor={read.data?.nextCursor ?? null} />
      </section>
    </>
  )
}
