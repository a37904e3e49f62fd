'use client'
import { FilterSeg, useFilters } from '#components/live/list-screen.tsx'
import { namedAtMost, useFrame } from '#components/shell/use-frame.ts'
import { ListTable } from '#components/table/list-table.tsx'
import { promotionColumns } from '#components/promotions/promotion-table.tsx'
import { promotionMark } from '#components/promotions/state.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { listPromotions } from '#lib/promotions/contract.ts'

const states = ['pending', 'ready', 'rolling_out', 'succeeded', 'rolled_back', 'failed'] as const

export function PromotionsScreen() {
  const filters = useFilters()
  const input = Object.fromEntries((['application', 'environment', 'state', 'sort'] as const).flatMap((k) => { const v = filters.get(k); return v ? [[k, v]] : [] }))
  const { applications } = useFrame()
  return (
    <>
      <Bar crumbs={[{ text: 'Promotions' }]} />
      <Head title="Promotions"><p>Requests to bring a release into an environment.</p></Head>
      <section className="sec" aria-label="Promotions">
        <div className="row-f">
          <FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.slice(0, namedAtMost).map((a) => ({ value: a.slug, text: a.title }))]} />
          <FilterSeg filters={filters} name="state" label="State" options={[{ value: undefined, text: 'Any state' }, ...states.map((s) => ({ value: s, text: promotionMark(s)[1] }))]} />
        </div>
        <ListTable label="Promotions" endpoint={listPromotions} input={input} filters={filters} sorted="-created" columns={promotionColumns} empty="No promotion fits. Open a release to ask for one." />
      </section>
    </>
  )
}
