import Link from 'next/link'
import { ApplicationTitle } from '#components/applications/title.tsx'
import { revisionOf, splitParts } from '#components/rollouts/split-parts.ts'
import { RolloutMark } from '#components/rollouts/state.tsx'
import { rolloutTitle } from '#components/rollouts/title.ts'
import { type Column, DataTable } from '#components/table/data-table.tsx'
import { Section } from '#components/ui/section.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { RolloutLine } from '#lib/rollouts/contract.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'

/** Rollouts as lines: what, its state, its split, what it says of itself. */
export const rolloutColumns: readonly Column<RolloutLine>[] = [
  { id: 'rollout', head: 'Rollout', isRowHeader: true, cell: (r) => <Link className="link b" href={`/rollouts/${r.id}`}>{rolloutTitle(r)}</Link> },
  { id: 'target', head: 'Target', className: 'nw', sort: { field: 'application' }, cell: (r) => <Link className="rows" href={`/targets/${r.target.id}`}><ApplicationTitle slug={r.target.application} /> {r.target.service}</Link> },
  { id: 'state', head: 'State', sort: { field: 'state' }, cell: (r) => <RolloutMark state={r.state} /> },
  { id: 'split', head: 'Split', className: 'line', headClass: 'w-36', cell: (r) => (r.split.observed && !r.endedAt ? <SplitBar parts={splitParts(r.split.observed, revisionOf(r.stable), revisionOf(r.candidate))} /> : null) },
  { id: 'headline', head: 'What is so', className: 't2 line', cell: (r) => r.headline },
  { id: 'created', head: 'Since', num: true, className: 't2', sort: { field: 'created', down: true }, cell: (r) => <Ago iso={r.endedAt ?? r.startedAt ?? r.createdAt} /> },
]

/** `all`: how many are under way, also those that are not listed here. */
export const RunningList = ({ rollouts, all }: { rollouts: readonly RolloutLine[]; all: number }) => (
  <Section title="Under way" end={all > rollouts.length && <Link className="rows small t2" href={`/rollouts?state=${openRolloutStates.join(',')}`}>All {all} under way</Link>}>
    <DataTable label="Rollouts under way" columns={rolloutColumns} rows={rollouts} keyOf={(r) => r.id} />
  </Section>
)
