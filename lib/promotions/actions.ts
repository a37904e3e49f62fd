import type { Actor } from '#lib/access/actor.ts'
import type { PromotionView } from '#lib/promotions/contract.ts'
import { refusalsOf, type ActionFacts } from '#lib/promotions/permission.ts'
import { promotionActions, type PromotionAction } from '#lib/promotions/state.ts'

/** The buttons of a promotion for one reader: what each does, and every reason why it may not be pressed. */
export function actionsOf(actor: Actor, f: ActionFacts): PromotionView['actions'] {
  return promotionActions.map((action) => {
    const unmet = refusalsOf(action, actor, f)
    return { action, allowed: unmet.length === 0, label: labels[action](f), consequence: consequences[action](f), unmet }
  })
}

type Text = (f: ActionFacts) => string

const labels: Record<PromotionAction, Text> = {
  approve: (f) => `Approve ${f.release.version} for ${f.environment}`,
  reject: () => 'Reject',
  withdraw: () => 'Withdraw my approval',
  start: (f) => `Start ${f.release.version} in ${f.environment}`,
  cancel: () => 'Cancel request',
  override: () => 'Break glass',
}

const consequences: Record<PromotionAction, Text> = {
  approve: (f) => `Binds to exactly this content; any change voids it. ${f.start === 'auto' ? 'It starts by itself once every gate is met.' : 'A person starts it once every gate is met.'}`,
  reject: () => 'Ends this request. Nothing changes live.',
  withdraw: () => 'It no longer counts; the request waits until somebody approves again. You may.',
  start: () => 'Begins the first rollout now, or when the target is free.',
  cancel: () => 'Ends this request. Nothing changes live.',
  override: () => 'Passes the open gates with a reason and starts. Audited, in force for one hour, listed until somebody reviewed it. A hold stays in force.',
}
