import Link from 'next/link'
import { revisionOf, splitParts } from '#components/rollouts/split-parts.ts'
import { RolloutMark } from '#components/rollouts/state.tsx'
import { rolloutTitle } from '#components/rollouts/title.ts'
import { Section } from '#components/ui/section.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { RolloutSummary } from '#lib/rollouts/contract.ts'

/** Rollouts as lines: what, its state, its split, what it says of itself. */
export const RolloutTable = ({ rollouts }: { rollouts: readonly RolloutSummary[] }) => (
  <table className="tbl stack">
    <thead><tr><th scope="col">Rollout</th><th scope="col">Target</th><th scope="col">State</th><th scope="col" className="w-36">Split</th><th scope="col">What is so</th><th scope="col" className="num">Since</th></tr></thead>
    <tbody>
      {rollouts.map((r) => (
        <tr key={r.id}>
          <th scope="row"><Link className="link b" href={`/rollouts/${r.id}`}>{rolloutTitle(r)}</Link></th>
          <td><Link className="rows" href={`/targets/${r.target.id}`}>{r.target.application} {r.target.service}</Link></td>
          <td><RolloutMark state={r.state} /></td>
          <td>{r.split.observed && !r.endedAt && <SplitBar parts={splitParts(r.split.observed, revisionOf(r.stable), revisionOf(r.candidate))} />}</td>
          <td className="t2">{r.headline}</td>
          <td className="num t2"><Ago iso={r.endedAt ?? r.startedAt ?? r.createdAt} /></td>
        </tr>
      ))}
    </tbody>
  </table>
)

export const RunningList = ({ rollouts }: { rollouts: readonly RolloutSummary[] }) => <Section title="Moving"><RolloutTable rollouts={rollouts} /></Section>
