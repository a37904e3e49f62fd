import { candidateShare, type Decision, type Facts, stepOf } from '#lib/engine/facts.ts'
import { msOf } from '#lib/platform/time.ts'

/** Held until the named rule is met; a rejection sends what has traffic back to stable. */
export function decideApprove(f: Facts): Decision {
  const a = f.approvals
  if (!a) return { kind: 'hold', code: 'awaiting_approval', message: 'waits for approval' }
  if (a.rejectedBy !== null) {
    const message = `rejected by ${a.rejectedBy}`
    return candidateShare(f) > 0 && f.stable ? { kind: 'rollBack', message, rule: null } : { kind: 'cancel', message }
  }
  const expired = a.met ? null : expiry(f)
  if (expired !== null) return candidateShare(f) > 0 && f.stable ? { kind: 'rollBack', message: expired, rule: null } : { kind: 'cancel', message: expired }
  return a.met ? { kind: 'pass', message: 'approved' } : { kind: 'hold', code: 'awaiting_approval', message: a.waiting }
}

/** Counted from when the step began to ask. Expiry is denial, never consent. */
function expiry(f: Facts): string | null {
  const step = stepOf(f)
  const startedAt = f.runs[f.stepIndex]?.startedAt
  if (step?.kind !== 'approve' || step.rule.expiresAfterMs === null || !startedAt) return null
  return f.nowMs - msOf(startedAt) < step.rule.expiresAfterMs ? null : `"${step.rule.name}" expired: ${f.approvals?.waiting ?? 'nobody approved'}`
}
