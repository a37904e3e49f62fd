import type { Route } from 'next'
import Link from 'next/link'
import type { Column } from '#components/table/data-table.tsx'
import { At } from '#components/ui/time.tsx'
import type { AuditEvent } from '#lib/audit/contract.ts'

const pages: Readonly<Record<string, string>> = { rollout: 'rollouts', promotion: 'promotions', target: 'targets', release: 'releases', application: 'applications' }

function Subject({ subject }: { subject: AuditEvent['subject'] }) {
  const page = pages[subject.kind]
  return page ? <Link className="rows" href={`/${page}/${encodeURIComponent(subject.id)}` as Route}>{subject.kind}</Link> : <span>{subject.kind}</span>
}

export const auditColumns: readonly Column<AuditEvent>[] = [
  { id: 'at', head: 'When', className: 'nw t2', sort: { field: 'at', down: true }, cell: (e) => <At iso={e.at} seconds /> },
  { id: 'actor', head: 'Actor', cell: (e) => <>{e.actor.name}{e.actor.kind !== 'person' && <small> {e.actor.kind}</small>}</> },
  { id: 'verb', head: 'Verb', className: 'mono nw t2', cell: (e) => e.verb },
  { id: 'subject', head: 'Subject', cell: (e) => <Subject subject={e.subject} /> },
  { id: 'message', head: 'What', className: 'line', cell: (e) => <>{e.message}{e.reason && !e.message.includes(e.reason) && <span className="t2"> “{e.reason}”</span>}</> },
  { id: 'row', head: 'Row', num: true, className: 't3', cell: (e) => <span title={`hash ${e.hash}`}>{e.chain === '-' ? 'global' : e.chain} {e.seq}</span> },
]
