import { type Decision, type Facts, operationDeadlineMs, pollMs, settleMs, wait } from '#lib/engine/facts.ts'
import { describeSplit, outsideChange, sameSplit, splitOf, tagsOf } from '#lib/engine/traffic.ts'
import { msOf } from '#lib/platform/time.ts'
import type { Intent } from '#lib/rollouts/schema.ts'

type TrafficIntent = Extract<Intent, { kind: 'traffic' }>

/**
 * A split written by hand carries its plan from the first moment: the list, and the etag that the plan was made on.
 * Written with that etag or not at all, however often it is tried, so that nothing somebody else did since is written
 * over. Null leaves the way back to decide.
 */
export function decidePlanned(f: Facts, i: TrafficIntent): Decision | null {
  if (isTaken(f, i)) return decideTaken(f, i)
  if (f.state === 'rolling_back') return null
  // Not fenced while a person thinks: a call that still arrives is what they asked for, or is refused by its etag.
  if (f.state !== 'running') return wait(f, pollMs)
  if (f.live.etag === i.etag) return { kind: 'write', purpose: 'shift', traffic: i.traffic }
  return { kind: 'cancel', message: `${changedSince(f)}: ${i.called === false ? 'nothing was written' : 'whether the planned split was live in between is not known, and it was not written again'}; plan again` }
}

/** The wanted list is the planned one where it was ours to say: shares, and tags that Sluice set. */
function isTaken(f: Facts, i: TrafficIntent): boolean {
  const ours = new Set(Object.keys(f.intended?.tags ?? {}))
  const tags = Object.fromEntries(Object.entries(tagsOf(i.traffic, null)).filter(([tag]) => ours.has(tag)))
  return f.live.exists && !f.live.namesLatest && outsideChange({ split: splitOf(i.traffic, null), tags }, splitOf(f.live.traffic, f.live.latestReady), f.live.tags) === null
}

function decideTaken(f: Facts, i: TrafficIntent): Decision | null {
  if (sameSplit(f.live.split, splitOf(i.traffic, null))) return { kind: 'confirm' }
  if (f.state === 'rolling_back') return null
  if (f.state !== 'running') return wait(f, pollMs)
  if (!f.live.settled && f.nowMs - msOf(i.at) < operationDeadlineMs) return wait(f, settleMs)
  return { kind: 'hold', code: 'provider_error', message: f.live.failure ?? 'the provider took the traffic change but has not applied it in 10 minutes' }
}

/** It was read back, or was made by a version that kept no plan: it is done or it is not, and nothing is written any more. */
export function decideReadBack(f: Facts): Decision {
  if (f.state !== 'running') return wait(f, pollMs)
  if (sameSplit(f.live.split, f.desiredSplit ?? {}) && !f.live.namesLatest) return f.live.settled ? { kind: 'succeed' } : wait(f, settleMs)
  return { kind: 'cancel', message: `${changedSince(f)}: it was not written over; plan again` }
}

const changedSince = (f: Facts): string => (f.live.exists ? `the live service changed after the plan was made, it is at ${describeSplit(f.live.split)} now` : 'the service was deleted after the plan was made')
