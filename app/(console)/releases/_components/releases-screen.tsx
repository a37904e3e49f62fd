'use client'
import { FilterSearch } from '#components/live/filter-search.tsx'
import { FilterSeg, useFilters } from '#components/live/list-screen.tsx'
import { namedAtMost, useFrame } from '#components/shell/use-frame.ts'
import { ListTable } from '#components/table/list-table.tsx'
import { releaseColumns } from '#components/releases/release-table.tsx'
import { LinkButton } from '#components/ui/link-button.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { listReleases } from '#lib/releases/contract.ts'

export function ReleasesScreen() {
  const filters = useFilters()
  const input = Object.fromEntries((['application', 'state', 'q', 'sort'] as const).flatMap((k) => { const v = filters.get(k); return v ? [[k, v]] : [] }))
  const { applications } = useFrame()
  return (
    <>
      <Bar crumbs={[{ text: 'Releases' }]} />
      <Head title="Releases" actions={<LinkButton href="/releases/new" icon="release">New release</LinkButton>}><p>Named sets of images. Making one starts nothing.</p></Head>
      <section className="sec" aria-label="Releases">
        <div className="row-f">
          <FilterSearch filters={filters} name="q" label="Version, commit or digest" slash />
          <FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.slice(0, namedAtMost).map((a) => ({ value: a.slug, text: a.title }))]} />
          <FilterSeg filters={filters} name="state" label="State" options={[{ value: undefined, text: 'Any state' }, { value: 'active', text: 'Active' }, { value: 'vetoed', text: 'Vetoed' }, { value: 'abandoned', text: 'Abandoned' }]} />
        </div>
        <ListTable label="Releases" endpoint={listReleases} input={input} filters={filters} sorted="-created" columns={releaseColumns} empty="No release fits. CI makes one by the API, or make one here." />
      </section>
    </>
  )
}
