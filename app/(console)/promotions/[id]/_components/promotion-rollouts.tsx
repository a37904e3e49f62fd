import Link from 'next/link'
import { revisionOf, splitParts } from '#components/rollouts/split-parts.ts'
import { RolloutMark } from '#components/rollouts/state.tsx'
import { Section } from '#components/ui/section.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import type { RolloutSummary } from '#lib/rollouts/contract.ts'

/** The rollouts that carry this promotion out, one line per service. */
export const PromotionRollouts = ({ rollouts }: { rollouts: readonly RolloutSummary[] }) => (
  <Section title="Rollouts">
    <table className="tbl stack">
      <thead><tr><th scope="col">Service</th><th scope="col">State</th><th scope="col">Split</th><th scope="col">What is so</th></tr></thead>
      <tbody>
        {rollouts.map((r) => (
          <tr key={r.id}>
            <th scope="row"><Link className="link b" href={`/rollouts/${r.id}`}>{r.target.service} in {r.target.environment}</Link></th>
            <td><RolloutMark state={r.state} /></td>
            <td className="w-36">{r.split.observed && <SplitBar parts={splitParts(r.split.observed, revisionOf(r.stable), revisionOf(r.candidate))} />}</td>
            <td className="t2">{r.headline}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </Section>
)
