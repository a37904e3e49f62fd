import { clsx } from 'clsx'
import { revisionOf, sameSplit, splitParts, splitText } from '#components/rollouts/split-parts.ts'
import { splitTicks } from '#components/rollouts/split-ticks.ts'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { At } from '#components/ui/time.tsx'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import type { Arm } from '#lib/rollouts/schema.ts'
import { isEnd } from '#lib/rollouts/state.ts'

const percentOf = (split: Record<string, number> | null, revision: string | null): string => (split && revision ? `${split[revision] ?? 0}%` : '–')
const Name = ({ arm }: { arm: Arm | null }) => (arm && arm.revision ? <RevisionName name={arm.revision} /> : <span className="t3">{arm ? 'not made yet' : 'none'}</span>)

/** Weights still to come, marked on the bar where the candidate will reach: from the right end. */
function Ticks({ rollout: r }: { rollout: RolloutView }) {
  const current = revisionOf(r.candidate)
  const nowPercent = (current && r.split.observed?.[current]) || 0
  const toCome = r.steps.flatMap((s) => (s.plan.kind === 'setWeight' && s.run.state === 'pending' && s.plan.percent > nowPercent ? [s.plan.percent] : []))
  if (toCome.length === 0) return null
  return (
    <div className="ticks">
      {splitTicks(nowPercent, toCome).map((t) => <span key={t.text} className={clsx(t.side === 'left' && 'flip')} style={{ left: `${100 - t.percent}%` }} title={t.text}>{t.side !== 'none' && (t.now ? <b>{t.text}</b> : t.text)}</span>)}
    </div>
  )
}

/** The split as it was read, and the wanted one when it differs or is not read back yet. */
export function SplitPanel({ rollout: r, stale }: { rollout: RolloutView; stale: boolean }) {
  const [stable, candidate] = [revisionOf(r.stable), revisionOf(r.candidate)]
  const { desired, observed, asOf } = r.split
  const differs = desired !== null && (observed === null || !sameSplit(desired, observed))
  return (
    <section className={clsx('sec p-first', stale && 'is-stale')} aria-label="Split">
      <div className="arms">
        <div><span className="arm small t2">stable</span><p><b className="figure">{percentOf(observed, stable)}</b><Name arm={r.stable} /> <span className="ver">{r.stable?.version}</span></p></div>
        {r.candidate && <div className="r"><span className="arm ca small t2">{r.kind === 'rollback' ? 'left' : 'candidate'}</span><p><Name arm={r.candidate} /> <span className="ver">{r.candidate.version}</span><b className="figure">{percentOf(observed, candidate)}</b></p></div>}
      </div>
      {observed ? <SplitBar size="big" parts={splitParts(observed, stable, candidate)} /> : <p className="t3">Live was not read yet.</p>}
      {!isEnd(r.state) && <Ticks rollout={r} />}
      {differs && desired && <div className="mt"><SplitBar ghost parts={splitParts(desired, stable, candidate)} /></div>}
      <p className="small t2 mt">
        {desired && <>Wanted {splitText(splitParts(desired, stable, candidate))}. </>}
        {observed && asOf && <>Read back {splitText(splitParts(observed, stable, candidate))} at <At iso={asOf} seconds />.</>}
        {differs && <> {r.state === 'held' ? 'They differ.' : 'Not live until it is read back.'}</>}
      </p>
    </section>
  )
}
