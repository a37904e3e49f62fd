import { splitParts } from '#components/rollouts/split-parts.ts'
import { Answer } from '#components/ui/answer.tsx'
import type { MarkKind } from '#components/ui/mark.tsx'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { TargetView } from '#lib/targets/contract.ts'

function state(t: TargetView, stale: boolean): readonly [MarkKind, string] {
  if (!t.live) return ['error', t.error ? 'Cannot read live.' : 'Not read yet.']
  if (!t.live.exists) return ['todo', 'Not there yet.']
  if (stale) return ['stale', 'Stale.']
  if (t.live.readiness === 'failed') return ['fail', 'Not ready.']
  if (t.live.readiness === 'reconciling' || t.openRollout) return ['running', 'Under way.']
  if (t.live.readiness === 'unknown') return ['inconclusive', 'Readiness unknown.']
  return ['pass', 'As intended.']
}

/** What serves now, in one sentence. */
export function TargetAnswer({ target: t, stale }: { target: TargetView; stale: boolean }) {
  const [kind, word] = state(t, stale)
  const split = t.live?.split ?? t.split ?? {}
  const serving = Object.entries(split).filter(([, percent]) => percent > 0)
  const versionOf = (name: string) => t.live?.revisions.find((r) => r.name === name)?.release?.version
  const stable = t.stable?.revision ?? serving[0]?.[0] ?? null
  const other = serving.map(([name]) => name).find((name) => name !== stable) ?? null
  return (
    <Answer kind={kind} word={word} below={serving.length > 1 && <div className="mt"><SplitBar size="mid" parts={splitParts(split, stable, other)} /></div>}>
      {t.live && !t.live.exists && <>The first release creates this service.</>}
      {serving.map(([name, percent], i) => <span key={name}>{i > 0 && ', '}<b>{percent}%</b> on <RevisionName name={name} short /> {versionOf(name) && <b className="ver">{versionOf(name)}</b>}</span>)}
      {serving.length === 1 && t.stable?.since && t.stable.revision === serving[0]?.[0] && <>, stable since <Ago iso={t.stable.since} /></>}
      {serving.length > 0 && '.'}
      {t.live?.message && <span className="t2"> {t.live.message}</span>}
    </Answer>
  )
}
