'use client'
import { useQuery } from '@tanstack/react-query'
import { tooOld } from '#components/live/use-stale.ts'
import { actionIcons, actionsNow } from '#components/rollouts/action-look.ts'
import { revisionOf, splitParts, splitText } from '#components/rollouts/split-parts.ts'
import { holdWord } from '#components/rollouts/state.tsx'
import type { useRolloutActions } from '#components/rollouts/use-rollout-actions.tsx'
import { Button } from '#components/ui/button.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'
import { capital, sentence } from '#components/ui/format.ts'
import { InWords } from '#components/ui/in-words.tsx'
import { Question } from '#components/ui/question.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Ago, At } from '#components/ui/time.tsx'
import { query } from '#lib/platform/client.ts'
import type { ActionView, RolloutView } from '#lib/rollouts/contract.ts'
import { type HoldCode, isRestored } from '#lib/rollouts/state.ts'
import { viewTarget } from '#lib/targets/contract.ts'

/** The step that a hold calls for; where people must weigh it themselves there is none. */
const calledFor: Partial<Record<HoldCode, ActionView['action']>> = { outside_change: 'restore', provider_error: 'retry', cannot_measure: 'retry', awaiting_approval: 'approve' }

/** Every step is done: what is asked is how it ends, and no answer is the usual one. */
const isAtEnd = (r: RolloutView): boolean => r.holdReason?.details?.['atEnd'] === true

function Versus({ rollout: r }: { rollout: RolloutView }) {
  const [stable, candidate] = [revisionOf(r.stable), revisionOf(r.candidate)]
  const { observed, asOf } = r.split
  const desired = isAtEnd(r) && candidate ? { [candidate]: 100 } : r.split.desired
  if (!desired || !observed) return null
  const [wanted, live] = [splitParts(desired, stable, candidate), splitParts(observed, stable, candidate)]
  return (
    <div className="versus">
      <p>Wanted</p><SplitBar ghost parts={wanted} /><p className="num">{splitText(wanted)}</p><p className="t3 small">{isAtEnd(r) ? 'where the steps lead' : 'last intended'}</p>
      <p className="b">Live</p><SplitBar size="mid" parts={live} /><p className="num b">{splitText(live)}</p><p className="t3 small">{asOf && <>read <At iso={asOf} seconds /></>}</p>
    </div>
  )
}

const waitsForData: readonly HoldCode[] = ['not_enough_data', 'cannot_measure']

/** What may be done besides deciding: nothing, since it goes on by itself once there is enough, or asking the candidate. */
function WithoutDeciding({ rollout: r }: { rollout: RolloutView }) {
  const live = useQuery(query(viewTarget, { id: r.target.id })).data?.live
  const addresses = live?.revisions.find((v) => v.name === r.candidate?.revision)?.tags.flatMap((t) => t.uri ?? []) ?? []
  return (
    <p className="t2 mt">
      Or wait: it is measured on, and goes on by itself should that come to be enough.
      {addresses.map((uri) => <span key={uri}> Or ask the candidate itself, which counts for no rule: <a className="link" href={uri} rel="noreferrer" target="_blank">{uri}</a>.</span>)}
    </p>
  )
}

type Actions = ReturnType<typeof useRolloutActions>

/** Who, what and when; wanted against live; and each way out with what it writes. */
export function HeldQuestion({ rollout: r, actions, stale }: { rollout: RolloutView; actions: Actions; stale: boolean }) {
  const hold = r.holdReason
  const primary = hold && !isAtEnd(r) && !isRestored(hold) ? calledFor[hold.code] : undefined
  const rank = (a: ActionView) => (a.action === primary ? 0 : a.towardStable ? 1 : 2)
  const choices = actionsNow(r).sort((a, b) => rank(a) - rank(b))
  useHotkeys(choices.flatMap((a, i) => (a.allowed && (a.towardStable || !stale) ? [{ keys: String(i + 1), label: a.label, run: () => actions.press(a) }] : [])))
  return (
    <Question title={<>{holdWord(hold)}{hold && <>, <Ago iso={hold.at} /></>}.</>} lead={<InWords message={sentence(capital(hold?.message ?? r.headline))} />}>
      {hold && !r.headline.includes(hold.message) && <p className="t2">{r.headline}</p>}
      <Versus rollout={r} />
      <ul className="choice">
        {choices.map((a, i) => {
          const off = !a.allowed || (stale && !a.towardStable)
          return (
            <li key={a.action}>
              <Button icon={actionIcons[a.action]} look={a.action === primary && !off ? 'primary' : 'default'} hotkey={String(i + 1)} disabled={off} describedBy={`says-${a.action}`} requested={actions.requestedLabel === a.label ? 'Requested' : undefined} onPress={() => actions.press(a)}>{a.label}</Button>
              <div id={`says-${a.action}`}>{a.consequence}<Reasons reasons={stale && !a.towardStable ? [...a.unmet, tooOld] : a.unmet} /></div>
              <span className={a.towardStable ? 'arm' : 'arm ca'}>{a.towardStable ? 'toward stable' : isAtEnd(r) && a.action === 'adopt' ? 'as found' : 'away from stable'}</span>
            </li>
          )
        })}
      </ul>
      {hold && waitsForData.includes(hold.code) && <WithoutDeciding rollout={r} />}
    </Question>
  )
}
