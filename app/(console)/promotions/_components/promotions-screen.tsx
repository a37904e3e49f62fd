'use client'
import { FilterSeg, Pages, useFilters } from '#components/live/list-screen.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { PromotionTable } from '#components/promotions/promotion-table.tsx'
import { promotionMark } from '#components/promotions/state.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { listApplications } from '#lib/applications/contract.ts'
import { listPromotions } from '#lib/promotions/contract.ts'

const states = ['pending', 'ready', 'rolling_out', 'succeeded', 'rolled_back', 'failed'] as const

export function PromotionsScreen() {
  const filters = useFilters()
  const input = Object.fromEntries((['application', 'environment', 'state', 'cursor'] as const).flatMap((k) => { const v = filters.get(k); return v ? [[k, v]] : [] }))
  const read = useLiveQuery(listPromotions, input)
  const applications = useLiveQuery(listApplications, {}).data?.items ?? []
  return (
    <>
      <Bar crumbs={[{ text: 'Promotions' }]} />
      <Head title="Promotions"><p>Requests to bring a release into an environment, newest first.</p></Head>
      <section className="sec" aria-label="Promotions">
        <div className="row-f">
          <FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.map((a) => ({ value: a.slug, text: a.title }))]} />
          <FilterSeg filters={filters} name="state" label="State" options={[{ value: undefined, text: 'Any state' }, ...states.map((s) => ({ value: s, text: promotionMark(s)[1] }))]} />
        </div>
        {read.data ? read.data.items.length > 0 ? <PromotionTable promotions={read.data.items} /> : <Empty>No promotion fits. Open a release to ask for one.</Empty> : read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />}
        <Pages filters={filters} nextCursor={read.data?.nextCursor ?? null} />
      </section>
    </>
  )
}
