import Link from 'next/link'
import { ApplicationTitle } from '#components/applications/title.tsx'
import { ReleaseMark } from '#components/releases/state.tsx'
import type { Column } from '#components/table/data-table.tsx'
import { Digest } from '#components/ui/revision-name.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { Release } from '#lib/releases/contract.ts'

export const releaseColumns: readonly Column<Release>[] = [
  { id: 'version', head: 'Release', isRowHeader: true, cell: (r) => <Link className="link b" href={`/releases/${r.id}`}>{r.version}</Link> },
  { id: 'application', head: 'Application', sort: { field: 'application' }, cell: (r) => <Link className="rows" href={`/applications/${r.application}`}><ApplicationTitle slug={r.application} /></Link> },
  { id: 'state', head: 'State', cell: (r) => <ReleaseMark release={r} /> },
  { id: 'commit', head: 'Commit', className: 'mono t2', cell: (r) => r.commit.slice(0, 12) },
  { id: 'artifacts', head: 'Artifacts', headClass: 'hide-phone', className: 't2 hide-phone', cell: (r) => r.artifacts.map((a) => <span className="block" key={a.service}>{a.service} <Digest value={a.digest} /></span>) },
  { id: 'author', head: 'Author', className: 't2', sort: { field: 'author' }, cell: (r) => r.author },
  { id: 'created', head: 'Made', num: true, className: 't2', sort: { field: 'created', down: true }, cell: (r) => <Ago iso={r.createdAt} /> },
]

/** Where all rows are of one application its column says nothing. */
export const releaseColumnsOfOne = releaseColumns.filter((c) => c.id !== 'application')
