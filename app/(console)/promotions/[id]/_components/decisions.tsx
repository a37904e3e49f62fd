'use client'
import { Button, type ButtonLook } from '#components/ui/button.tsx'
import type { IconName } from '#components/ui/icon.tsx'
import { useHotkeys } from '#components/ui/kbd.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import type { PromotionView } from '#lib/promotions/contract.ts'
import { canPromotion } from '#lib/promotions/state.ts'
import { goesOn, type PromotionActions } from './use-promotion-actions.tsx'

type Act = PromotionView['actions'][number]
const icons = { approve: 'check', reject: 'x', withdraw: 'undo', start: 'advance', cancel: 'x', override: 'alert' } satisfies Record<Act['action'], IconName>
const keys = { approve: 'A', reject: 'X', withdraw: 'W', start: 'S', cancel: 'C', override: 'O' } satisfies Record<Act['action'], string>

/** The next step of this state is the one primary button: start when it is ready, else approve. */
const lookOf = (a: Act, p: PromotionView, off: boolean): ButtonLook => {
  if (a.action === 'override') return 'danger'
  const primary = p.state === 'ready' ? 'start' : 'approve'
  return a.action === primary && !off ? 'primary' : 'default'
}

/** What may be decided now. What is refused stays, disabled, with all reasons below. */
export function Decisions({ promotion: p, closed, actions, only }: { promotion: PromotionView; /** Why nothing may go on from what is shown. */ closed: readonly Why[]; actions: PromotionActions; /** In the order in which they stand. */ only: readonly Act['action'][] }) {
  // Only who approved has something to withdraw; nobody else misses it.
  const shown = only.flatMap((name) => p.actions.filter((a) => a.action === name && (a.allowed || (canPromotion(a.action, p.state) && a.action !== 'withdraw'))))
  // Approving what was not read is what approval must prevent; rejecting and cancelling are safe on any content.
  const why = (a: Act): Why[] => [...a.unmet, ...(goesOn(a.action) ? closed : [])]
  const off = (a: Act) => !a.allowed || why(a).length > 0
  useHotkeys(shown.filter((a) => !off(a)).map((a) => ({ keys: keys[a.action], label: a.label, run: () => actions.press(a), asksAs: a.action })))
  const refused = shown.filter(off)
  return (
    <>
      {shown.map((a) => {
        const look = lookOf(a, p, off(a))
        return <Button key={a.action} look={look} className={look === 'primary' ? 'thumb' : ''} icon={icons[a.action]} hotkey={keys[a.action]} disabled={off(a)} describedBy={off(a) ? `why-${a.action}` : undefined} requested={actions.requestedLabel === a.label ? 'Requested' : undefined} onPress={() => actions.press(a)}>{a.label}</Button>
      })}
      {refused.length > 0 && (
        <ul>{refused.map((a) => <li key={a.action} className="small t2"><span className="b">{a.label}</span><Reasons id={`why-${a.action}`} reasons={why(a).length > 0 ? why(a) : [{ message: a.consequence }]} /></li>)}</ul>
      )}
    </>
  )
}
