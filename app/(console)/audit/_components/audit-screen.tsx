'use client'
import { FilterSearch, FilterSeg, Pages, useFilters } from '#components/live/list-screen.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { listApplications } from '#lib/applications/contract.ts'
import { listAudit } from '#lib/audit/contract.ts'
import { AuditTable } from './audit-table.tsx'
import { Verify } from './verify.tsx'

export function AuditScreen() {
  const filters = useFilters()
  const input = Object.fromEntries((['application', 'subject', 'actor', 'verb', 'cursor'] as const).flatMap((k) => { const v = filters.get(k); return v ? [[k, v]] : [] }))
  const read = useLiveQuery(listAudit, input)
  const applications = useLiveQuery(listApplications, {}).data?.items ?? []
  return (
    <>
      <Bar crumbs={[{ text: 'Audit' }]} />
      <Head title="Audit"><p>Every change, by people, tokens and rules, newest first. Rows are chained by hash and cannot be changed here.</p></Head>
      <Verify />
      <Section title="Log" note={filters.get('subject') && <>only {filters.get('subject')}</>}>
        <div className="row-f">
          <FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.map((a) => ({ value: a.slug, text: a.title }))]} />
          <FilterSearch filters={filters} name="actor" label="Actor" slash />
          <FilterSearch filters={filters} name="verb" label="Verb" />
          {filters.get('subject') && <FilterSeg filters={filters} name="subject" label="Subject" options={[{ value: filters.get('subject'), text: 'One subject' }, { value: undefined, text: 'Everything' }]} />}
        </div>
        {read.data ? read.data.items.length > 0 ? <AuditTable events={read.data.items} /> : <Empty>No row fits these filters.</Empty> : read.error ? <Unreadable read={read} /> : <Skeleton rows={6} />}
        <Pages filters={filters} nextCursor={read.data?.nextCursor ?? null} />
      </Section>
    </>
  )
}
