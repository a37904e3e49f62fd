import type { IconName } from '#components/ui/icon.tsx'
import type { ActionView, RolloutView } from '#lib/rollouts/contract.ts'
import { mayAct } from '#lib/rollouts/state.ts'

type Action = ActionView['action']
export const actionIcons = { pause: 'pause', resume: 'advance', advance: 'advance', abort: 'x', retry: 'retry', adopt: 'check', restore: 'undo', approve: 'check', reject: 'x' } satisfies Record<Action, IconName>
export const actionKeys = { pause: 'H', resume: 'H', advance: 'A', abort: 'X', retry: 'T', adopt: 'D', restore: 'E', approve: 'P', reject: 'N' } satisfies Record<Action, string>

/** Actions that this state asks about; the rest of the table would only be noise. What policy or role refuses stays, with its reasons. */
export function actionsNow(r: RolloutView): ActionView[] {
  const hold = r.holdReason?.code ?? null
  const stepKind = r.steps[r.stepIndex]?.plan.kind ?? null
  return r.actions.filter((a) => {
    if (a.action === 'approve' || a.action === 'reject') return hold === 'awaiting_approval'
    return a.allowed || mayAct(a.action, { state: r.state, hold, stepKind }).kind === 'legal'
  })
}
