import { rolloutMark } from '#components/rollouts/state.tsx'
import { Answer } from '#components/ui/answer.tsx'
import { sentence } from '#components/ui/format.ts'
import type { MarkKind } from '#components/ui/mark.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import type { Verdict } from '#lib/rollouts/state.ts'

const severity: readonly Verdict[] = ['fail', 'error', 'inconclusive', 'pass']
const words = { fail: 'Fail.', error: 'Cannot measure.', inconclusive: 'Not enough data yet.', pass: 'Pass so far.' } satisfies Record<Verdict, string>

/** While a bake runs the worst verdict is the answer's mark; else the state is. */
function markOf(r: RolloutView): readonly [MarkKind, string] {
  if (r.requested) return ['running', 'Requested.']
  const worst = r.state === 'running' ? severity.find((v) => r.verdicts.some((x) => x.verdict === v && x.stepIndex === r.stepIndex)) : undefined
  if (worst) return [worst, words[worst]]
  if (r.state === 'succeeded') return ['pass', 'Confirmed by re-read.']
  const [kind, word] = rolloutMark(r.state)
  return [kind, `${word}.`]
}

export function RolloutAnswer({ rollout: r }: { rollout: RolloutView }) {
  const [kind, word] = markOf(r)
  return (
    <Answer kind={kind} word={word}>
      {sentence(r.headline)}
      {r.endedAt && <span className="t2"> Ended <Ago iso={r.endedAt} />.</span>}
      {r.endReason && !r.headline.includes(r.endReason) && <span className="t2"> {sentence(r.endReason)}</span>}
    </Answer>
  )
}
