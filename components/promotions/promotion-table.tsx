import Link from 'next/link'
import { ApplicationTitle } from '#components/applications/title.tsx'
import { PromotionMark } from '#components/promotions/state.tsx'
import type { Column } from '#components/table/data-table.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { PromotionSummary } from '#lib/promotions/contract.ts'

export const promotionColumns: readonly Column<PromotionSummary>[] = [
  { id: 'promotion', head: 'Promotion', isRowHeader: true, sort: { field: 'application' }, cell: (p) => <Link className="link b" href={`/promotions/${p.id}`}><ApplicationTitle slug={p.application} /> {p.release.version} to {p.environment}</Link> },
  { id: 'state', head: 'State', sort: { field: 'state' }, cell: (p) => <PromotionMark state={p.state} /> },
  { id: 'headline', head: 'What is so', className: 't2 line', cell: (p) => p.headline },
  { id: 'requester', head: 'Asked by', className: 't2', sort: { field: 'requester' }, cell: (p) => p.requestedBy },
  { id: 'created', head: 'Asked', num: true, className: 't2', sort: { field: 'created', down: true }, cell: (p) => <Ago iso={p.createdAt} /> },
]
