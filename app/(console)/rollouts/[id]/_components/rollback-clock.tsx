'use client'
import { revisionOf } from '#components/rollouts/split-parts.ts'
import { useNowMs } from '#components/ui/clock.tsx'
import { countText } from '#components/ui/format.ts'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { At } from '#components/ui/time.tsx'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { isEnd } from '#lib/rollouts/state.ts'

/** Beyond, the seconds since the press are of no use to anybody. */
const longestMs = 600_000

/** How long the way back takes or took, large enough to be read at arm's length: it is what the person who pressed looks at. */
export function RollbackClock({ rollout: r }: { rollout: RolloutView }) {
  const nowMs = useNowMs(1000)
  const ended = isEnd(r.state)
  if (r.kind !== 'rollback' || (ended && (r.state !== 'succeeded' || !r.endedAt))) return null
  const tookMs = Math.max(0, (r.endedAt ? Date.parse(r.endedAt) : nowMs) - Date.parse(r.createdAt))
  if (tookMs > longestMs) return null
  const seconds = ended ? (tookMs / 1000).toFixed(1) : countText(Math.floor(tookMs / 1000))
  const to = revisionOf(r.stable)
  return (
    <section className="sec p-first" aria-label="Time it takes">
      <p className="timer" role="timer" aria-label={`${seconds} seconds since the press`} suppressHydrationWarning>{seconds}<span>s</span></p>
      <p className="t2">
        {ended ? <>from the press to 100% on {to ? <RevisionName name={to} short /> : 'the revision before'}, read back{r.endedAt && <> at <At iso={r.endedAt} seconds="always" /></>}.</> : <>since the press at <At iso={r.createdAt} seconds />. {r.requested ? 'Requested, not confirmed yet.' : 'It goes on without this screen.'}</>}
      </p>
    </section>
  )
}
