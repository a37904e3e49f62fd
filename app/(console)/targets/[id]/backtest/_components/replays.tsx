import Link from 'next/link'
import { RolloutMark } from '#components/rollouts/state.tsx'
import { type Column, DataTable } from '#components/table/data-table.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { countText, durationText } from '#components/ui/format.ts'
import { Mark, type MarkKind } from '#components/ui/mark.tsx'
import { Section } from '#components/ui/section.tsx'
import { At } from '#components/ui/time.tsx'
import type { Backtest, ReplayedRollout } from '#lib/backtest/contract.ts'

const words = {
  caught: ['pass', 'Stops it'],
  missed: ['fail', 'Lets it through'],
  false_alarm: ['held', 'False alarm'],
  agrees: ['pass', 'Lets it go'],
  no_rule: ['skipped', 'No rule took it back'],
  no_record: ['todo', 'No record'],
  unanswered: ['inconclusive', 'Cannot say'],
  open: ['skipped', 'No outcome'],
} satisfies Record<ReplayedRollout['agreement'], [MarkKind, string]>

function Said({ r }: { r: ReplayedRollout }) {
  if (r.looks === 0) return <span className="t3">its counts were not recorded</span>
  const { stop } = r
  return (
    <>
      {stop ? <><b>{stop.rule}</b> at <At iso={stop.at} seconds />, after {countText(stop.requests)} requests of the candidate. {stop.reason}. </> : <>Nothing stops it in {countText(r.judgedLooks)} {r.judgedLooks === 1 ? 'look' : 'looks'}. </>}
      {stop && stop.earlierSeconds !== null && stop.earlierSeconds > 0 && <>{durationText(stop.earlierSeconds * 1000)} sooner than then. </>}
      {stop && stop.avoidedErrors > 0 && <>It would have spared {countText(stop.avoidedErrors)} {stop.avoidedErrors === 1 ? 'error' : 'errors'}. </>}
      {r.coldLooks > 0 && <span className="t3">{countText(r.coldLooks)} more came while it warmed up and count for nothing. </span>}
      {r.unrecordedSeconds > 0 && <span className="t3">Not recorded: {durationText(r.unrecordedSeconds * 1000)} in which it warmed up then. </span>}
      {r.unanswered.length > 0 && <span className="t3">Not recorded for {r.unanswered.join(', ')}: stable had no past.</span>}
    </>
  )
}

const columns: readonly Column<ReplayedRollout>[] = [
  { id: 'version', head: 'Release', isRowHeader: true, cell: (r) => <Link className="link b" href={`/rollouts/${r.rollout}`}>{r.version ?? 'no release'}</Link> },
  { id: 'then', head: 'Then', cell: (r) => <RolloutMark state={r.state} /> },
  { id: 'agreement', head: 'These rules', cell: (r) => <Mark kind={words[r.agreement][0]}>{words[r.agreement][1]}</Mark> },
  { id: 'said', head: 'Where and why', className: 't2 line', cell: (r) => <Said r={r} /> },
  { id: 'at', head: 'Started', num: true, className: 't2 nw', cell: (r) => <>{r.startedAt && <At iso={r.startedAt} />}</> },
]

const countOf = (b: Backtest, of: ReplayedRollout['agreement']) => b.rollouts.filter((r) => r.agreement === of).length

export function Replays({ backtest: b, isOld }: { backtest: Backtest; isOld: boolean }) {
  const bad = countOf(b, 'caught') + countOf(b, 'missed')
  const good = countOf(b, 'agrees') + countOf(b, 'false_alarm')
  return (
    <Section title="What they would have said" note={isOld ? 'of an earlier text' : undefined} stale={isOld}>
      <p className="lead" role="status">
        Of {countText(bad)} that a rule took back or asked about, these rules stop {countText(countOf(b, 'caught'))}; of {countText(good)} that succeeded, they stop {countText(countOf(b, 'false_alarm'))}.{countOf(b, 'unanswered') > 0 && ` Of ${countText(countOf(b, 'unanswered'))} the record cannot tell.`}{countOf(b, 'no_record') > 0 && ` ${countText(countOf(b, 'no_record'))} left no record.`}
      </p>
      {b.rollouts.length > 0 ? <DataTable label="Past rollouts, replayed" columns={columns} rows={b.rollouts} keyOf={(r) => r.rollout} /> : <Empty>Nothing was rolled out here by Sluice yet.</Empty>}
    </Section>
  )
}
