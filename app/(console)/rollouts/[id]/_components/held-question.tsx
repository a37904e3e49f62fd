'use client'
import { actionIcons, actionsNow } from '#components/rollouts/action-look.ts'
import { revisionOf, splitParts, splitText } from '#components/rollouts/split-parts.ts'
import { holdWords } from '#components/rollouts/state.tsx'
import type { useRolloutActions } from '#components/rollouts/use-rollout-actions.tsx'
import { Button } from '#components/ui/button.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'
import { Question } from '#components/ui/question.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Ago, At } from '#components/ui/time.tsx'
import type { ActionView, RolloutView } from '#lib/rollouts/contract.ts'
import type { HoldCode } from '#lib/rollouts/state.ts'

/** The step that a hold calls for; where people must weigh it themselves there is none. */
const calledFor: Partial<Record<HoldCode, ActionView['action']>> = { outside_change: 'restore', provider_error: 'retry', cannot_measure: 'retry', awaiting_approval: 'approve' }

function Versus({ rollout: r }: { rollout: RolloutView }) {
  const [stable, candidate] = [revisionOf(r.stable), revisionOf(r.candidate)]
  const { desired, observed, asOf } = r.split
  if (!desired || !observed) return null
  const [wanted, live] = [splitParts(desired, stable, candidate), splitParts(observed, stable, candidate)]
  return (
    <div className="versus">
      <p>Wanted</p><SplitBar ghost parts={wanted} /><p className="num">{splitText(wanted)}</p><p className="t3 small">last intended</p>
      <p className="b">Live</p><SplitBar size="mid" parts={live} /><p className="num b">{splitText(live)}</p><p className="t3 small">{asOf && <>read <At iso={asOf} seconds /></>}</p>
    </div>
  )
}

type Actions = ReturnType<typeof useRolloutActions>

/** Who, what and when; wanted against live; and each way out with what it writes. */
export function HeldQuestion({ rollout: r, actions, stale }: { rollout: RolloutView; actions: Actions; stale: boolean }) {
  const hold = r.holdReason
  const primary = hold ? calledFor[hold.code] : undefined
  const rank = (a: ActionView) => (a.action === primary ? 0 : a.towardStable ? 1 : 2)
  const choices = actionsNow(r).sort((a, b) => rank(a) - rank(b))
  useHotkeys(Object.fromEntries(choices.map((a, i) => [String(i + 1), () => actions.press(a)])))
  return (
    <Question title={<>{hold ? holdWords[hold.code] : 'Held'}{hold && <>, <Ago iso={hold.at} /></>}.</>} lead={hold?.message ?? r.headline}>
      {hold && !r.headline.includes(hold.message) && <p className="t2">{r.headline}</p>}
      <Versus rollout={r} />
      <ul className="choice">
        {choices.map((a, i) => {
          const off = !a.allowed || (stale && !a.towardStable)
          return (
            <li key={a.action}>
              <Button icon={actionIcons[a.action]} look={a.action === primary && !off ? 'primary' : 'default'} hotkey={String(i + 1)} disabled={off} describedBy={`says-${a.action}`} requested={actions.requestedLabel === a.label ? 'Requested' : undefined} onPress={() => actions.press(a)}>{a.label}</Button>
              <div id={`says-${a.action}`}>{a.consequence}<Reasons reasons={a.unmet} />{stale && !a.towardStable && <Reasons reasons={[{ message: 'What is shown is too old to act on' }]} />}</div>
              <span className={a.towardStable ? 'arm' : 'arm ca'}>{a.towardStable ? 'toward stable' : 'away from stable'}</span>
            </li>
          )
        })}
      </ul>
    </Question>
  )
}
