import { rolloutMark, verdictMark, verdictOrder } from '#components/rollouts/state.tsx'
import { Answer } from '#components/ui/answer.tsx'
import { sentence } from '#components/ui/format.ts'
import type { MarkKind } from '#components/ui/mark.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { decides } from '#lib/rollouts/state.ts'

/** Worst first. What only watches, or was said before all traffic moved, answers nothing. */
const worstOf = (r: RolloutView) => r.verdicts.filter((v) => decides(v) && v.stepIndex === r.stepIndex).toSorted((a, b) => verdictOrder(a) - verdictOrder(b))[0]

/** While a bake runs the worst verdict is the answer's mark; else the state is. */
function markOf(r: RolloutView): readonly [MarkKind, string] {
  if (r.requested) return ['running', 'Requested.']
  const worst = r.state === 'running' ? worstOf(r) : undefined
  if (worst) {
    const [kind, word] = verdictMark(worst)
    return [kind, `${word}${kind === 'pass' ? ' so far' : worst.verdict === 'inconclusive' && worst.standing === undefined ? ' yet' : ''}.`]
  }
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
