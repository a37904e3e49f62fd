'use client'
import { CannotMeasure } from '#components/metrics/charts.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { useStale } from '#components/live/use-stale.ts'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { countText, durationText, millisText, rateText } from '#components/ui/format.ts'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { At } from '#components/ui/time.tsx'
import { type Figures, type RolloutArms, viewRolloutArms } from '#lib/metrics/contract.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { isEnd } from '#lib/rollouts/state.ts'

const known = (value: number | null | undefined, text: (n: number) => string): string => (value === null || value === undefined ? 'no data' : text(value))
/** This page asks every 10 s while the rollout is open. */
const staleAfterSeconds = 60

const rows: readonly { head: string; text: (f: Figures | null) => string }[] = [
  { head: 'Requests', text: (f) => known(f?.requests, countText) },
  { head: '5xx', text: (f) => known(f?.errors, countText) },
  { head: '5xx rate', text: (f) => known(f?.errorRate, rateText) },
  { head: 'p50 latency', text: (f) => known(f?.p50Ms, millisText) },
  { head: 'p95 latency', text: (f) => known(f?.p95Ms, millisText) },
]

/** What both arms answered since the current step sent traffic: verdicts look at the end of it and leave a warm-up out, this shows all of it. */
export function ByArm({ rollout: r }: { rollout: RolloutView }) {
  const isMeasured = r.kind === 'promotion' && r.startedAt !== null
  return isMeasured ? <Arms rollout={r} /> : null
}

function Arms({ rollout: r }: { rollout: RolloutView }) {
  const read = useLiveQuery(viewRolloutArms, { id: r.target.id, rollout: r.id })
  const open = !isEnd(r.state)
  const a = read.data
  const stale = useStale(a?.asOf, staleAfterSeconds) && open && a !== undefined
  const { warmUpMs, rules } = r.plan.analysis
  const note = a?.from && a.to && <>counted from <At iso={a.from} seconds="always" /> to <At iso={a.to} seconds="always" />{warmUpMs !== undefined && rules.length > 0 && ', with what came in the warm-up, which no rule counts'}</>
  return (
    <Section title="By arm" note={note} stale={stale} busy={read.isFetching && !a} end={a && <Stamp asOf={a.asOf} stale={stale} />}>
      {a ? <Content arms={a} open={open} hadCandidate={r.verdicts.some((v) => (v.requests ?? 0) > 0)} /> : read.error ? <Unreadable read={read} /> : <Skeleton rows={5} />}
    </Section>
  )
}

function Content({ arms: a, open, hadCandidate }: { arms: RolloutArms; open: boolean; hadCandidate: boolean }) {
  if (a.error !== null) return <CannotMeasure name={a.source.name} error={a.error} />
  const lateSeconds = (a.source.ingestDelaySeconds ?? 0) + (a.source.samplePeriodSeconds ?? 0)
  const late = lateSeconds >= 60 ? ` ${a.source.name} shows requests about ${durationText(lateSeconds * 1000)} late.` : ''
  if (a.from === null) return <Empty>{open ? 'No data yet: no whole sample since this step sent traffic.' : 'No data: no whole sample fell into its last step.'}{late}</Empty>
  if (!open && a.candidate === null && hadCandidate) return <Empty>No data: {a.source.name} has nothing of the candidate for that time any more. What was counted then stands with the rules.</Empty>
  return (
    <table className="tbl tight">
      <caption className="sr-only">Requests, failures and latency of stable and candidate since the step sent traffic</caption>
      <thead><tr><th scope="col"><span className="sr-only">Figure</span></th><th scope="col" className="num"><span className="arm">stable</span></th><th scope="col" className="num"><span className="arm ca">candidate</span></th></tr></thead>
      <tbody>{rows.map((row) => <tr key={row.head}><th scope="row" className="t2">{row.head}</th><td className="num">{row.text(a.stable)}</td><td className="num">{row.text(a.candidate)}</td></tr>)}</tbody>
    </table>
  )
}
