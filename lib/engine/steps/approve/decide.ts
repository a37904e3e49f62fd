import { candidateShare, type Decision, type Facts } from '#lib/engine/facts.ts'

/** Held until the named rule is met; a rejection sends what has traffic back to stable. */
export function decideApprove(f: Facts): Decision {
  const a = f.approvals
  if (!a) return { kind: 'hold', code: 'awaiting_approval', message: 'waits for approval' }
  if (a.rejectedBy !== null) {
    const message = `rejected by ${a.rejectedBy}`
    return candidateShare(f) > 0 && f.stable ? { kind: 'rollBack', message, rule: null } : { kind: 'cancel', message }
  }
  return a.met ? { kind: 'pass', message: 'approved' } : { kind: 'hold', code: 'awaiting_approval', message: a.waiting }
}
