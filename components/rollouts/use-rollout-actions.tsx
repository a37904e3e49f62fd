'use client'
import { useRef, useState } from 'react'
import { type Ask, ActionDialog } from '#components/actions/action-dialog.tsx'
import { justDone } from '#components/actions/just-done.ts'
import { explain } from '#components/actions/problem-note.tsx'
import { newRequestKey } from '#components/actions/request-key.ts'
import { useRequested } from '#components/actions/use-requested.ts'
import { useWrite } from '#components/actions/use-write.ts'
import { tooOld } from '#components/live/use-stale.ts'
import { Reasons } from '#components/ui/reasons.tsx'
import {
  abortRollout, type ActionView, adoptRollout, advanceRollout, approveRolloutStep, pauseRollout, restoreRollout, resumeRollout, retryRollout, type RolloutView,
} from '#lib/rollouts/contract.ts'

type Plain = Exclude<ActionView['action'], 'approve' | 'reject'>

/** Stopping and going on again are undone by one press, so they ask nothing first. */
const atOnce: readonly ActionView['action'][] = ['pause', 'resume', 'retry']

const reasonFor = (action: ActionView['action']): Ask['reason'] => {
  if (action === 'advance' || action === 'reject') return { kind: 'required' }
  if (action === 'abort') return { kind: 'optional', presets: ['Errors', 'Slow', 'Wrong version'] }
  return { kind: 'optional' }
}

function useCalls(rollout: RolloutView) {
  const calls = {
    pause: useWrite(pauseRollout),
    resume: useWrite(resumeRollout),
    advance: useWrite(advanceRollout),
    abort: useWrite(abortRollout),
    retry: useWrite(retryRollout),
    adopt: useWrite(adoptRollout),
    restore: useWrite(restoreRollout),
  } satisfies Record<Plain, unknown>
  const decide = useWrite(approveRolloutStep)
  return (action: ActionView['action'], reason: string | undefined, key: string) => {
    if (action === 'approve' || action === 'reject') return decide({ id: rollout.id, decision: action, contentHash: rollout.contentHash, ...(reason && { comment: reason }) }, key)
    return calls[action]({ id: rollout.id, version: rollout.version, ...(reason && { reason }) }, key)
  }
}

/** What pressing an action of a rollout does: ask if it must be asked, send once, then wait for what is read back. */
export function useRolloutActions(rollout: RolloutView, stale: boolean) {
  const send = useCalls(rollout)
  const requested = useRequested(rollout)
  const [ask, setAsk] = useState<(Ask & Pick<ActionView, 'towardStable'>) | null>(null)
  const busy = useRef(false)

  /** Gives back what refused it, or null; the toast tells either way. */
  const run = async (a: ActionView, reason: string | undefined, key: string): Promise<unknown> => {
    requested.begin(a.label)
    try {
      requested.end((await send(a.action, reason, key)).version)
      return null
    } catch (err) {
      requested.fail(explain(err))
      return err
    }
  }
  const runAsked = async (a: ActionView, reason: string | undefined, key: string) => {
    const err = await run(a, reason, key)
    if (err !== null) throw err
  }
  const runAtOnce = async (a: ActionView) => {
    if (busy.current) return
    busy.current = true
    if ((await run(a, undefined, newRequestKey())) === null && a.action === 'pause') justDone.add(`pause ${rollout.id}`)
    busy.current = false
  }
  const press = (a: ActionView) => {
    if (!a.allowed) return
    if (atOnce.includes(a.action)) return void runAtOnce(a)
    setAsk({ towardStable: a.towardStable, title: `${a.label}?`, confirm: a.label, body: <p className="t2">{rollout.target.service} in {rollout.target.environment}: {a.consequence}</p>, reason: reasonFor(a.action), run: (reason, key) => runAsked(a, reason, key) })
  }
  return { press, requestedLabel: requested.label, dialog: <ActionDialog ask={ask} onClose={() => setAsk(null)} blocked={stale && ask?.towardStable === false && <Reasons reasons={[tooOld]} />} /> }
}
