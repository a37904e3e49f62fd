import { candidateShare, type Decision, type Facts, operationDeadlineMs, pollMs, settleMs, stepOf, trafficSince, wait } from '#lib/engine/facts.ts'
import { decidePlanned, decideReadBack } from '#lib/engine/shift/decide.ts'
import { decideApprove } from '#lib/engine/steps/approve/decide.ts'
import { askedNow, decideBake } from '#lib/engine/steps/bake/decide.ts'
import { decideDeploy } from '#lib/engine/steps/deploy/decide.ts'
import { decideSetWeight } from '#lib/engine/steps/set-weight/decide.ts'
import { decideVerify } from '#lib/engine/steps/verify/decide.ts'
import { describeSplit, mainRevision, outsideChange, sameSplit, sameTraffic, splitOf, withSplit } from '#lib/engine/traffic.ts'
import { msOf } from '#lib/platform/time.ts'
import type { RuleVerdict } from '#lib/rollouts/schema.ts'
import { decides, isEnd, isRestored } from '#lib/rollouts/state.ts'

/**
 * The whole rollout policy: facts in, one decision out. Order matters: what is already under way is settled first, then
 * what somebody else changed, then what goes toward stable, then the step.
 */
export function decide(f: Facts): Decision {
  if (isEnd(f.state)) return { kind: 'none' }
  const stranded = f.state === 'rolling_back' ? decideNoWayBack(f) : null
  if (stranded) return stranded
  const underWay = decideIntent(f)
  if (underWay) return underWay
  if (f.state === 'rolling_back') return decideReturn(f)
  if (f.kind === 'shift') return decideReadBack(f)
  if (f.kind === 'rollback') return decideOneWrite(f)
  // Held before its first look and let go again: it still has to find out what is stable.
  if (f.state === 'pending' || (f.state === 'running' && !f.begun)) return decideBegin(f)
  return frozenIfUnsafe(f, decideChangedOutside(f) ?? decideFailingRule(f) ?? decideVeto(f) ?? decideByState(f))
}

/** Code that cannot read the live schema does more harm than a bad canary: the split stays, and a person is asked (promise 9). */
function frozenIfUnsafe(f: Facts, d: Decision): Decision {
  if (d.kind !== 'rollBack' || f.backRefused === null || (f.approvals !== null && f.approvals.rejectedBy !== null)) return d
  if (f.state === 'held' && f.hold?.details?.['frozen'] === true) return wait(f, pollMs)
  return { kind: 'hold', code: 'rule_failed', message: `${d.message}. Not rolled back by itself: ${f.backRefused}`, details: { frozen: true } }
}

/** A call whose outcome is not recorded: live shows it, or it is made again if still wanted, or fenced off. */
function decideIntent(f: Facts): Decision | null {
  const i = f.intent
  if (!i) return null
  if (i.kind === 'create') return f.live.exists ? { kind: 'confirm' } : f.state === 'running' ? { kind: 'create' } : null
  if (i.kind === 'deploy') return f.candidateLive ? { kind: 'confirm' } : !f.live.settled ? wait(f, settleMs) : f.state === 'running' ? { kind: 'deploy' } : null
  if (i.purpose === 'shift') return decidePlanned(f, i)
  // A fence writes what is live already: only a moved etag shows that it was made.
  if (i.purpose === 'fence') return f.live.etag === i.etag ? { kind: 'write', purpose: 'fence', traffic: i.traffic } : { kind: 'confirm' }
  const written = sameTraffic(f.live.traffic, i.traffic, f.live.latestReady)
  const wanted = splitOf(i.traffic, f.live.latestReady)
  if (written && sameSplit(f.live.split, wanted)) return { kind: 'confirm' }
  const isStillWanted = f.state === 'running' || (f.state === 'rolling_back' && i.purpose === 'return')
  // Somebody else's change is settling: what it comes to decides, not a write over it.
  if (!written && isStillWanted && onward.has(i.purpose) && !f.live.settled && f.nowMs - msOf(i.at) < operationDeadlineMs) return wait(f, settleMs)
  if (!written && isStillWanted) return (i.purpose === 'restore' || f.state === 'rolling_back' ? null : heldForChange(f)) ?? { kind: 'write', purpose: i.purpose, traffic: i.traffic }
  if (!written) return f.state === 'rolling_back' ? null : { kind: 'write', purpose: 'fence', traffic: withSplit(f.live.traffic, f.live.split, f.live.latestReady) }
  if (!f.live.settled && f.nowMs - msOf(i.at) < operationDeadlineMs) return wait(f, settleMs)
  // On the way back nothing asks a person and nothing goes forward again: what was refused is written again.
  if (f.state === 'rolling_back') return i.purpose !== 'return' || f.nowMs - msOf(i.at) >= pollMs ? null : wait(f, pollMs)
  if (f.state === 'held') return wait(f, pollMs)
  return { kind: 'hold', code: 'provider_error', message: f.live.failure ?? 'the provider took the traffic change but has not applied it in 10 minutes' }
}

/** Writes of a promotion on its way out. */
const onward: ReadonlySet<string> = new Set(['pin', 'tag', 'weight'])

function decideBegin(f: Facts): Decision {
  if (f.heldHere !== null) return { kind: 'cancel', message: `this image is held here: ${f.heldHere}` }
  if (f.releaseVetoed) return { kind: 'cancel', message: 'the release was vetoed before it started' }
  if (!f.live.settled) return wait(f, settleMs)
  const trusted = f.trusted !== null && (f.live.split[f.trusted] ?? 0) > 0 ? f.trusted : mainRevision(f.live.split)
  return { kind: 'begin', stable: f.live.exists ? trusted : null }
}

/** The hold for a split that is neither what was intended nor what this rollout asked for. */
function heldForChange(f: Facts): Decision | null {
  if (f.kind !== 'promotion' || !f.live.settled) return null
  const atEnd = heldAtEnd(f)
  if (atEnd || !f.intended) return atEnd
  const changed = outsideChange(f.intended, f.live.split, f.live.tags, f.live.exists)
  if (!changed) return null
  return { kind: 'hold', code: 'outside_change', message: f.live.exists ? `traffic was changed outside Sluice by ${f.live.lastModifier ?? 'somebody unknown'}: ${changed}` : changed, details: { change: changed, expected: f.intended.split, observed: f.live.split } }
}

/** Every step is done, yet it was not by them that the candidate has 100%: going on could only ask the same again, so this hold has its own ways out. */
function heldAtEnd(f: Facts): Decision | null {
  const name = f.candidate?.revision
  if (stepOf(f) !== null || !f.stable || !name) return null
  const share = candidateShare(f)
  if (share === 100 && (f.intended?.split[name] ?? 100) === 100) return null
  const expected = { [name]: 100 }
  const change = outsideChange({ split: expected, tags: {} }, f.live.split, {}, f.live.exists)
  const what = f.candidate?.version ?? name
  const message = !f.live.exists && change ? change : change ? `every step is done, but ${what} serves ${share}%, not 100%` : `every step is done, but ${what} was given its 100% outside Sluice and has not been watched at that`
  return { kind: 'hold', code: 'outside_change', message, details: { atEnd: true, change: change ?? 'given 100%', expected, observed: f.live.split } }
}

/**
 * Held at once, whatever the state that a person may still act on; let go when the split comes back by itself. Not after
 * a restore of the database: what looks as intended there may be what this rollout was rolled back to.
 */
function decideChangedOutside(f: Facts): Decision | null {
  if (!f.live.settled) return null
  const isHeldForIt = f.state === 'held' && f.hold?.code === 'outside_change'
  const held = heldForChange(f)
  if (!held) return isHeldForIt && f.intended && !isRestored(f.hold) ? { kind: 'unhold', message: 'the live split is the intended one again' } : null
  const isSame = isHeldForIt && held.kind === 'hold' && f.hold?.details?.['change'] === held.details?.['change']
  if (!isSame) return held
  const failing = decideFailingRule(f)
  // A way back that is refused asks too; trading one question for the other and back would never end.
  return failing && frozenIfUnsafe(f, failing) === failing ? failing : wait(f, pollMs)
}

/** A failing rollback rule acts in every state, also while a person is asked something else; not after a restore, which may remember another stable than the one that is. */
function decideFailingRule(f: Facts): Decision | null {
  if (isRestored(f.hold)) return null
  const all = f.verdicts.filter((v) => v.mode === 'rollback' && v.verdict === 'fail' && decides(v))
  const failing = all.find((v) => !isSharedByStable(v)) ?? all[0]
  if (!failing) return null
  const message = `${failing.rule}: ${failing.message}`
  if (f.stable && isSharedByStable(failing)) return decideNotThisRelease(f, message)
  if (!f.stable) return { kind: 'fail', message: `${message}. There is nothing to go back to: the first release stays serving` }
  return candidateShare(f) > 0 ? { kind: 'rollBack', message, rule: failing.rule } : { kind: 'fail', message }
}

const aboutAsBad = 2

/** Stable breaks the same limit at the same time, and about as much: going back to it would change nothing. */
const isSharedByStable = (v: RuleVerdict): boolean => v.limit !== null && v.stable !== null && v.stable.requests >= v.minRequests && v.stable.value !== null && v.stable.value > v.limit && v.value !== null && v.value <= aboutAsBad * v.stable.value

/** Both arms are bad, so it is not this release: no more traffic goes to it, none is taken away, and a person looks. */
function decideNotThisRelease(f: Facts, message: string): Decision | null {
  const asks = `${message}. Stable breaks the same limit, so it is not this release`
  if (f.state === 'held' && f.hold?.code === 'both_worse') return { ...wait(f, pollMs), asks }
  // Asked where it is watched: a person who goes on from there is not asked again before the next bake.
  if (f.state === 'held' || f.state === 'paused' || stepOf(f)?.kind !== 'bake') return null
  return { kind: 'hold', code: 'both_worse', message: asks }
}

function decideVeto(f: Facts): Decision | null {
  const isHeldForIt = f.state === 'held' && f.hold?.code === 'vetoed'
  if (f.releaseVetoed) return isHeldForIt ? wait(f, pollMs) : { kind: 'hold', code: 'vetoed', message: 'the release was vetoed: abort goes back to stable; lifting the veto goes on' }
  return isHeldForIt ? { kind: 'unhold', message: 'the veto was lifted' } : null
}

function decideByState(f: Facts): Decision {
  if (f.state === 'paused') return wait(f, pollMs)
  if (f.state === 'held') return decideHeld(f)
  const step = stepOf(f)
  if (!step) return decideEnd(f)
  if (f.runs[f.stepIndex]?.state === 'pending') return { kind: 'startStep' }
  return decideStep(f)
}

function decideStep(f: Facts): Decision {
  const step = stepOf(f)
  switch (step?.kind) {
    case 'deploy':
      return decideDeploy(f, step.tag)
    case 'verify':
      return decideVerify(f, step.checks)
    case 'setWeight':
      return decideSetWeight(f, step.percent)
    case 'bake':
      return decideBake(f, step)
    case 'approve':
      return decideApprove(f)
    case undefined:
      return decideEnd(f)
    default:
      return step satisfies never
  }
}

/** What lets a hold go without a person: an approval that came, data that came, a source that answers again. */
function decideHeld(f: Facts): Decision {
  const code = f.hold?.code
  if (code === 'awaiting_approval') {
    const d = decideApprove(f)
    return d.kind === 'hold' ? wait(f, pollMs) : d
  }
  if (f.hold?.details?.['frozen'] === true) return decideFrozen(f)
  if (code === 'not_enough_data' || code === 'cannot_measure') {
    const d = decideStep(f)
    if (d.kind === 'pass' || d.kind === 'rollBack') return d
    // What a rule asks by now is another question.
    if (d.kind === 'hold' && d.code === 'rule_failed') return d
    const isReadable = code === 'cannot_measure' && f.verdicts.length > 0 && f.verdicts.every((v) => v.verdict !== 'error')
    return isReadable ? { kind: 'unhold', message: 'the metrics source answers again' } : waitAsking(f)
  }
  return waitAsking(f)
}

/** The question keeps up with the figures: one with those of when it began would be answered wrongly. */
function waitAsking(f: Facts): Decision {
  const asks = f.hold ? askedNow(f.verdicts, f.hold.code) : ''
  return { ...wait(f, pollMs), ...(asks !== '' && { asks }) }
}

/** A person decides: by advance in a bake, by the approvals that an approve step asks for, by abort. Only a candidate that is ready again needs nobody. */
function decideFrozen(f: Facts): Decision {
  const kind = stepOf(f)?.kind
  const d = kind === 'approve' || kind === 'setWeight' ? decideStep(f) : null
  if (kind === 'approve' && d?.kind === 'pass') return d
  return kind === 'setWeight' && d?.kind !== 'rollBack' ? { kind: 'unhold', message: 'the new revision is ready again' } : wait(f, pollMs)
}

/** After the last step: done only when the candidate holds all of the live split, and by these steps. */
function decideEnd(f: Facts): Decision {
  const share = candidateShare(f)
  if (f.stable === null && share !== 100) return { kind: 'fail', message: `the first release serves ${share}%, not 100%` }
  return heldAtEnd(f) ?? { kind: 'succeed' }
}

/** Stable is gone, or is not ready and serves nothing: a write could only be refused, for ever. What serves stays, and the target is free for Roll back. */
function decideNoWayBack(f: Facts): Decision | null {
  const name = f.stable?.revision
  if (name === undefined || f.stableLive?.ready || f.stableLive?.settled === false) return null
  const share = f.live.split[name] ?? 0
  if (share === 100 || (share > 0 && f.stableLive)) return null
  const why = f.stableLive ? `is not ready: ${f.stableLive.message ?? 'the provider gave no reason'}` : 'is not there any more'
  return { kind: 'fail', message: `cannot go back, ${name} ${why}. ${describeSplit(f.live.split)} stays; Roll back chooses another revision` }
}

/** Back to stable. Weights only ever go toward it. */
function decideReturn(f: Facts): Decision {
  if (!f.stable) return { kind: 'fail', message: 'there is nothing to go back to' }
  const want = { [f.stable.revision]: 100 }
  const write: Decision = { kind: 'write', purpose: 'return', traffic: withSplit(f.live.traffic, want, f.live.latestReady) }
  // A call that was under way when this began can still arrive while the etag it carries is the live one.
  if (f.intent?.kind === 'traffic' && f.intent.called !== false && f.intent.etag === f.live.etag) return write
  // Our own write is waited for; a change of somebody else that never settles must not delay the way back.
  if (!f.live.settled && f.intent === null && sameSplit(splitOf(f.live.traffic, f.live.latestReady), want)) return wait(f, settleMs)
  return sameSplit(f.live.split, want) ? { kind: 'rolledBack' } : write
}

/** A rollback: one write, read back, done. */
function decideOneWrite(f: Facts): Decision {
  if (f.state === 'pending') return { kind: 'begin', stable: f.stable?.revision ?? mainRevision(f.live.split) }
  if (f.state !== 'running') return wait(f, pollMs)
  const want = f.desiredSplit ?? {}
  if (sameSplit(f.live.split, want) && !f.live.namesLatest) return f.live.settled ? { kind: 'succeed' } : wait(f, settleMs)
  return { kind: 'write', purpose: 'rollback', traffic: withSplit(f.live.traffic, want, f.live.latestReady) }
}

/** Which step's traffic the verdicts are about: null while the candidate has none to measure. */
export const measuresFrom = (f: Pick<Facts, 'runs' | 'stepIndex' | 'kind'>): string | null => (f.kind === 'promotion' ? trafficSince(f) : null)
