import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { filtersOf, type SearchParams } from '#components/live/search-params.ts'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { AuditScreen } from './_components/audit-screen.tsx'

export const metadata: Metadata = { title: 'Audit' }

export default async function AuditPage({ searchParams }: { searchParams: SearchParams }) {
  const input = await filtersOf(searchParams, listAudit, ['application', 'subject', 'actor', 'verb', 'sort'])
  return <Hydrated actor={await pageActor()} load={[ready(listAudit, input, listEvents)]}><AuditScreen /></Hydrated>
}
