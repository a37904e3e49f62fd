'use client'
import { Undo } from '#components/actions/undo.tsx'
import type { PromotionView } from '#lib/promotions/contract.ts'
import type { PromotionActions } from './use-promotion-actions.tsx'

/** Right after one asked for it or approved it. Both stay possible below for as long as it has not started. */
export function TakeBack({ promotion: p, actions }: { promotion: PromotionView; actions: PromotionActions }) {
  const action = (name: 'cancel' | 'withdraw') => p.actions.find((a) => a.action === name)
  const [cancel, withdraw] = [action('cancel'), action('withdraw')]
  return (
    <>
      {cancel && <Undo act={`ask ${p.id}`} word="Asked for" label={cancel.label} allowed={cancel.allowed} onUndo={(key) => actions.undo(cancel, key)}>Nothing is live yet: you can cancel until it starts.</Undo>}
      {withdraw && <Undo act={`approve ${p.id}`} word="Approved" label={withdraw.label} allowed={withdraw.allowed} onUndo={(key) => actions.undo(withdraw, key)}>Your approval counts; you can withdraw it until the rollout starts.</Undo>}
    </>
  )
}
