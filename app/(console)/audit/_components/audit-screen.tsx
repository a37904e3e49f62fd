'use client'
import { FilterSearch } from '#components/live/filter-search.tsx'
import { FilterSeg, useFilters } from '#components/live/list-screen.tsx'
import { namedAtMost, useFrame } from '#components/shell/use-frame.ts'
import { ListTable } from '#components/table/list-table.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { listAudit } from '#lib/audit/contract.ts'
import { auditColumns } from './audit-table.tsx'
import { Export } from './export.tsx'
import { Verify } from './verify.tsx'

export function AuditScreen() {
  const filters = useFilters()
  const input = Object.fromEntries((['application', 'subject', 'actor', 'verb', 'sort'] as const).flatMap((k) => { const v = filters.get(k); return v ? [[k, v]] : [] }))
  const { applications } = useFrame()
  return (
    <>
      <Bar crumbs={[{ text: 'Audit' }]} />
      <Head title="Audit"><p>Every change, by people, tokens and rules, each with who, why and when. Rows are chained by hash and cannot be changed here.</p></Head>
      <Verify />
      <Section title="Log" note={filters.get('subject') && <>only {filters.get('subject')}</>}>
        <div className="row-f">
          <FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.slice(0, namedAtMost).map((a) => ({ value: a.slug, text: a.title }))]} />
          <FilterSearch filters={filters} name="actor" label="Actor" slash />
          <FilterSearch filters={filters} name="verb" label="Verb" />
          <Export filters={filters} />
          {filters.get('subject') && <FilterSeg filters={filters} name="subject" label="Subject" options={[{ value: filters.get('subject'), text: 'One subject' }, { value: undefined, text: 'Everything' }]} />}
        </div>
        <ListTable label="Audit log" endpoint={listAudit} input={input} filters={filters} sorted="-at" columns={auditColumns} top empty="No row fits these filters." />
      </Section>
    </>
  )
}
