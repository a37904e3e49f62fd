'use client'
import { FilterSearch, FilterSeg, Pages, useFilters } from '#components/live/list-screen.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { ReleaseTable } from '#components/releases/release-table.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { LinkButton } from '#components/ui/link-button.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { listApplications } from '#lib/applications/contract.ts'
import { listReleases } from '#lib/releases/contract.ts'

export function ReleasesScreen() {
  const filters = useFilters()
  const input = Object.fromEntries((['application', 'state', 'q', 'cursor'] as const).flatMap((k) => { const v = filters.get(k); return v ? [[k, v]] : [] }))
  const read = useLiveQuery(listReleases, input)
  const applications = useLiveQuery(listApplications, {}).data?.items ?? []
  return (
    <>
      <Bar crumbs={[{ text: 'Releases' }]} />
      <Head title="Releases" actions={<LinkButton href="/releases/new" icon="release">New release</LinkButton>}><p>Named sets of images, newest first. Making one starts nothing.</p></Head>
      <section className="sec" aria-label="Releases">
        <div className="row-f">
          <FilterSearch filters={filters} name="q" label="Version, commit or digest" slash />
          <FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.map((a) => ({ value: a.slug, text: a.title }))]} />
          <FilterSeg filters={filters} name="state" label="State" options={[{ value: undefined, text: 'Any state' }, { value: 'active', text: 'Active' }, { value: 'vetoed', text: 'Vetoed' }, { value: 'abandoned', text: 'Abandoned' }]} />
        </div>
        {read.data ? read.data.items.length > 0 ? <ReleaseTable releases={read.data.items} named /> : <Empty>No release fits. CI makes one by the API, or make one here.</Empty> : read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />}
        <Pages filters={filters} nextCursor={read.data?.nextCursor ?? null} />
      </section>
    </>
  )
}
