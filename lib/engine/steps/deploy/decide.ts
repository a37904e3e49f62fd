import { msOf } from '#lib/platform/time.ts'
import { type Decision, type Facts, operationDeadlineMs, settleMs, wait } from '#lib/engine/facts.ts'
import { pinned, withTag } from '#lib/engine/traffic.ts'

/**
 * New revision at 0%: pin "latest" by name first, else the new revision would take its traffic the moment it is ready;
 * then the template; then, settled and ready, the tag. What was done is read from the live state, so any number of
 * restarts come to the same end.
 */
export function decideDeploy(f: Facts, tag: string | null): Decision {
  if (!f.live.exists) {
    if (f.stable) return { kind: 'hold', code: 'outside_change', message: 'the service is gone: somebody deleted it during the rollout' }
    return { kind: 'create' }
  }
  const c = f.candidateLive
  if (!c) {
    if (f.live.namesLatest && f.stable) return { kind: 'write', purpose: 'pin', traffic: pinned(f.live.traffic, f.live.split, f.live.latestReady) }
    return { kind: 'deploy' }
  }
  if (f.candidate?.revision !== c.name) return { kind: 'candidate', revision: c.name }
  if (!c.settled) return overdue(f) ?? wait(f, settleMs)
  if (!c.ready) return { kind: 'fail', message: `${c.name} never became ready: ${c.message ?? 'the provider gave no reason'}` }
  if (!f.live.settled) return overdue(f) ?? wait(f, settleMs)
  if (f.live.namesLatest) return { kind: 'write', purpose: 'pin', traffic: pinned(f.live.traffic, f.live.split, f.live.latestReady) }
  if (tag !== null && f.live.tags[tag] !== c.name) return { kind: 'write', purpose: 'tag', traffic: withTag(f.live.traffic, f.live.split, f.live.latestReady, tag, c.name) }
  return { kind: 'pass', message: tag === null ? `${c.name} is ready` : `${c.name} is ready, reachable at tag ${tag}` }
}

function overdue(f: Facts): Decision | null {
  const startedAt = f.runs[f.stepIndex]?.startedAt
  if (!startedAt || f.nowMs - msOf(startedAt) < operationDeadlineMs) return null
  return { kind: 'hold', code: 'provider_error', message: 'the provider has not settled the new revision in 10 minutes; retry looks again, abort leaves stable as it is' }
}
