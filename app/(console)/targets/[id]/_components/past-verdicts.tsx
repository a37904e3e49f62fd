'use client'
import Link from 'next/link'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { RolloutMark, verdictMark } from '#components/rollouts/state.tsx'
import { type Column, DataTable } from '#components/table/data-table.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { MarkOnly } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import { Ago } from '#components/ui/time.tsx'
import { to } from '#components/ui/route.ts'
import { listVerdicts, type PastVerdicts as Answer } from '#lib/evidence/contract.ts'

type Past = Answer['items'][number]

function OneVerdict({ v }: { v: Past['verdicts'][number] }) {
  const [kind, word] = verdictMark(v)
  return <span className="nw" title={v.message}><MarkOnly kind={kind} word={word} /> {v.rule}</span>
}

const columns: readonly Column<Past>[] = [
  { id: 'version', head: 'Release', isRowHeader: true, cell: (r) => <Link className="link b" href={`/rollouts/${r.rollout}`}>{r.version ?? 'no release'}</Link> },
  { id: 'state', head: 'Ended', cell: (r) => <RolloutMark state={r.state} /> },
  { id: 'verdicts', head: 'Last verdicts', className: 'line', cell: (r) => (r.verdicts.length === 0 ? <span className="t3">none: nothing was judged</span> : <span className="row-f tight">{r.verdicts.map((v) => <OneVerdict key={v.rule} v={v} />)}</span>) },
  { id: 'at', head: 'When', num: true, className: 't2', cell: (r) => <>{r.startedAt && <Ago iso={r.endedAt ?? r.startedAt} />}</> },
]

/** What the rules said of the last rollouts here, and the way to try other rules on the same counts. */
export function PastVerdicts({ targetId }: { targetId: string }) {
  const read = useLiveQuery(listVerdicts, { id: targetId })
  return (
    <Section title="Past verdicts" note="the last of each rule" busy={read.isFetching && !read.data} end={<Link className="rows small t2" href={to(`/targets/${targetId}/backtest`)}>Try other rules on them</Link>}>
      {read.data ? read.data.items.length > 0 ? <DataTable label="Past rollouts and their verdicts" columns={columns} rows={read.data.items} keyOf={(r) => r.rollout} /> : <Empty>Nothing was rolled out here by Sluice yet.</Empty> : read.error ? <Unreadable read={read} /> : <Skeleton />}
    </Section>
  )
}
