import { type Decision, type Facts, operationDeadlineMs, settleMs, wait } from '#lib/engine/facts.ts'
import { sameSplit, withSplit } from '#lib/engine/traffic.ts'
import { msOf } from '#lib/platform/time.ts'
import type { Split } from '#lib/rollouts/schema.ts'

/** The split a weight means: candidate and stable, nothing else. */
export const weightSplit = (candidate: string, stable: string, percent: number): Split => (percent === 100 ? { [candidate]: 100 } : { [candidate]: percent, [stable]: 100 - percent })

export function decideSetWeight(f: Facts, percent: number): Decision {
  if (!f.candidate?.revision) return { kind: 'fail', message: 'there is no candidate revision to send traffic to' }
  if (!f.stable) return { kind: 'skip', message: 'first release: it serves 100% from the start' }
  // Never traffic to what is not ready, also when it was ready a step ago.
  if (!f.candidateLive?.ready) {
    const message = `${f.candidate.revision} is not ready: ${f.candidateLive?.message ?? 'it is gone'}`
    return (f.live.split[f.candidate.revision] ?? 0) > 0 ? { kind: 'rollBack', message, rule: null } : { kind: 'fail', message }
  }
  const want = weightSplit(f.candidate.revision, f.stable.revision, percent)
  if (sameSplit(f.live.split, want)) return f.runs[f.stepIndex]?.trafficAt ? { kind: 'pass', message: `read back: ${percent}% to ${f.candidate.revision}` } : { kind: 'reached' }
  // Somebody else's change is settling: what it comes to is held or not, never written over.
  if (!f.live.settled) return overdue(f) ?? wait(f, settleMs)
  return { kind: 'write', purpose: 'weight', traffic: withSplit(f.live.traffic, want, f.live.latestReady) }
}

function overdue(f: Facts): Decision | null {
  const startedAt = f.runs[f.stepIndex]?.startedAt
  if (!startedAt || f.nowMs - msOf(startedAt) < operationDeadlineMs) return null
  return { kind: 'hold', code: 'provider_error', message: 'the service has been settling another change for 10 minutes; retry looks again, abort goes back to stable' }
}
