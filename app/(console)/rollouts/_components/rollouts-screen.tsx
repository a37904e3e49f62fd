'use client'
import { FilterSeg, useFilters } from '#components/live/list-screen.tsx'
import { namedAtMost, useFrame } from '#components/shell/use-frame.ts'
import { ListTable } from '#components/table/list-table.tsx'
import { rolloutColumns } from '#components/rollouts/running-list.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
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
  const input = Object.fromEntries((['application', 'target', 'state', 'sort'] as const).flatMap((k) => { const v = filters.get(k); return v ? [[k, v]] : [] }))
  const { applications } = useFrame()
  return (
    <>
      <Bar crumbs={[{ text: 'Rollouts' }]} />
      <Head title="Rollouts"><p>Every change of traffic on a target.</p></Head>
      <section className="sec" aria-label="Rollouts">
        <div className="row-f">
          <FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.slice(0, namedAtMost).map((a) => ({ value: a.slug, text: a.title }))]} />
          <FilterSeg filters={filters} name="state" label="State" options={states} />
          {filters.get('target') && <FilterSeg filters={filters} name="target" label="Target" options={[{ value: filters.get('target'), text: 'One target' }, { value: undefined, text: 'All targets' }]} />}
        </div>
        <ListTable label="Rollouts" endpoint={listRollouts} input={input} filters={filters} sorted="-created" columns={rolloutColumns} empty="No rollout fits. A promotion that starts makes one per service." />
      </section>
    </>
  )
}
