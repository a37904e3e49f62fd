import { Mark, type MarkKind } from '#components/ui/mark.tsx'
import type { GateView } from '#lib/gates/schema.ts'
import type { PromotionState } from '#lib/promotions/state.ts'

const marks = {
  pending: ['waiting', 'Pending'],
  ready: ['waiting', 'Ready'],
  rolling_out: ['running', 'Rolling out'],
  succeeded: ['pass', 'Succeeded'],
  rejected: ['fail', 'Rejected'],
  expired: ['skipped', 'Expired'],
  cancelled: ['skipped', 'Cancelled'],
  superseded: ['skipped', 'Superseded'],
  failed: ['fail', 'Failed'],
  rolled_back: ['fail', 'Rolled back'],
} satisfies Record<PromotionState, [MarkKind, string]>

const isPromotionState = (s: string): s is PromotionState => s in marks
export const promotionMark = (state: string): readonly [MarkKind, string] => (isPromotionState(state) ? marks[state] : ['todo', state])

export function PromotionMark({ state, detail }: { state: string; detail?: string | undefined }) {
  const [kind, word] = promotionMark(state)
  return <Mark kind={kind}>{detail ? `${word}, ${detail}` : word}</Mark>
}

export const gateMarks = {
  met: ['pass', 'Met'],
  unmet: ['waiting', 'Not met'],
  denied: ['fail', 'Denied'],
  cannot_check: ['error', 'Cannot check'],
  overridden: ['skipped', 'Passed by break-glass'],
} satisfies Record<GateView['state'], [MarkKind, string]>
