import Link from 'next/link'
import { RolloutMarkOnly, rolloutMark } from '#components/rollouts/state.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { Section } from '#components/ui/section.tsx'
import { At } from '#components/ui/time.tsx'
import type { TargetView } from '#lib/targets/contract.ts'

const kinds: Record<string, string> = { promotion: 'rollout', rollback: 'rollback', shift: 'shift' }

export const RecentRollouts = ({ target: t }: { target: TargetView }) => (
  <Section title="Recent rollouts" end={<Link className="rows small t2" href={`/rollouts?target=${t.id}`}>All</Link>}>
    {t.recent.length === 0 ? <Empty>Nothing was rolled out here by Sluice yet.</Empty> : (
      <ul>
        {t.recent.map((r) => (
          <li key={r.id} className="flex items-center gap-2 py-1"><RolloutMarkOnly state={r.state} /><Link className="link" href={`/rollouts/${r.id}`}>{r.version ?? 'no release'} {kinds[r.kind] ?? r.kind}</Link><span className="t3 small">{rolloutMark(r.state)[1].toLowerCase()}</span><span className="t3 small ml-auto"><At iso={r.createdAt} /></span></li>
        ))}
      </ul>
    )}
  </Section>
)
