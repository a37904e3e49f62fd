import { expect, test } from 'vitest'
import { decide } from '#lib/engine/decide.ts'
import type { Decision, Facts } from '#lib/engine/facts.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { Arm, RuleVerdict, StepPlan, StepRun, TrafficEntry } from '#lib/rollouts/schema.ts'

const t0 = 1_750_000_000_000
const arm = (revision: string): Arm => ({ revision, digest: `d-${revision}`, image: 'i', releaseId: null, version: null })
const share = (revision: string, percent: number, tag: string | null = null): TrafficEntry => ({ revision, latest: false, percent, tag, uri: null })
const latest: TrafficEntry = { revision: '', latest: true, percent: 100, tag: null, uri: null }
const steps: StepPlan[] = [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 10 }, { kind: 'bake', durationMs: 60_000, early: false }, { kind: 'setWeight', percent: 100 }]
const run = (over: Partial<StepRun> = {}): StepRun => ({ state: 'pending', startedAt: null, endedAt: null, trafficAt: null, message: null, tries: [], ...over })
const verdict = (over: Partial<RuleVerdict>): RuleVerdict => ({ rule: 'errors', mode: 'rollback', verdict: 'pass', message: 'm', revision: 'c', stepIndex: 2, value: null, limit: 0, requests: null, errors: null, minRequests: 1, windowFrom: null, windowTo: null, lagSeconds: null, stable: null, forecastAt: null, since: isoOf(t0), at: isoOf(t0), ...over })

/** In the bake at 10%, everything as intended. */
function facts(over: Partial<Facts> = {}, live: Partial<Facts['live']> = {}): Facts {
  const traffic = live.traffic ?? [share('s', 90), share('c', 10), share('c', 0, 'blue')]
  return {
    nowMs: t0, kind: 'promotion', state: 'running', hold: null, stepIndex: 2, stable: arm('s'), candidate: arm('c'), desiredSplit: { s: 90, c: 10 }, intent: null,
    plan: { service: 'api', provider: 'cloud-run', locator: { project: 'p', region: 'r', service: 's' }, metrics: { source: 'cloud-monitoring' }, strategy: 'x', steps, config: {}, image: 'i', digest: 'd', analysis: { notEnoughData: { afterMs: 120_000, then: 'ask' }, cannotMeasure: { afterMs: 60_000, then: 'ask' }, rules: [] } },
    runs: [run({ state: 'passed' }), run({ state: 'passed', trafficAt: isoOf(t0 - 10_000) }), run({ state: 'running', startedAt: isoOf(t0 - 10_000) }), run()],
    intended: { split: { s: 90, c: 10 }, tags: { blue: 'c' } }, trusted: null, releaseVetoed: false, begun: true, heldHere: null, backRefused: null,
    candidateLive: { name: 'c', ready: true, settled: true, message: null }, stableLive: { name: 's', ready: true, settled: true, message: null }, verdicts: [],
    added: [], checks: null, approvals: null,
    ...over,
    live: { exists: true, etag: 'e', settled: true, failure: null, split: { s: 90, c: 10 }, tags: { blue: 'c' }, namesLatest: false, latestReady: 'c', lastModifier: null, ...live, traffic },
  }
}
const later = (f: Facts, ms: number): Facts => ({ ...f, nowMs: f.nowMs + ms })
const deploying = (over: Partial<Facts>, live: Partial<Facts['live']> = {}) =>
  facts({ stepIndex: 0, runs: [run({ state: 'running', startedAt: isoOf(t0) }), run(), run(), run()], candidate: arm(''), candidateLive: null, intended: { split: { s: 100 }, tags: {} }, ...over }, { split: { s: 100 }, traffic: [share('s', 100)], tags: {}, latestReady: 's', ...live })

const bothWorse = verdict({ verdict: 'fail', limit: 0.02, value: 0.1, stable: { requests: 900, errors: 90, value: 0.1 } })

const planned = [share('s', 50), share('c', 50), share('c', 0, 'blue')]
/** A split by hand, planned on etag e. */
function shifting(intent: { called?: boolean } = {}, live: Partial<Facts['live']> = {}): Facts {
  const f = facts({ kind: 'shift', candidate: null, desiredSplit: { s: 50, c: 50 }, stepIndex: 0, runs: [] }, live)
  return { ...f, plan: { ...f.plan, steps: [] }, intent: { kind: 'traffic', purpose: 'shift', traffic: planned, epoch: 1, at: isoOf(t0), etag: 'e', called: false, ...intent } }
}

const table: [string, Facts, Partial<Decision>][] = [
  ['an end decides nothing', facts({ state: 'succeeded' }), { kind: 'none' }],
  ['the first look names the largest share stable', facts({ state: 'pending', stable: null }), { kind: 'begin', stable: 's' }],
  ['in a split, what the target trusts is stable, as the plan says', facts({ state: 'pending', stable: null, trusted: 's' }, { split: { s: 30, x: 70 } }), { kind: 'begin', stable: 's' }],
  ['a vetoed release does not begin', facts({ state: 'pending', releaseVetoed: true }), { kind: 'cancel' }],
  ['no service yet: it is created', deploying({ stable: null, intended: null }, { exists: false, traffic: [], split: {} }), { kind: 'create' }],
  ['LATEST is pinned by name before anything is deployed', deploying({}, { namesLatest: true, traffic: [latest] }), { kind: 'write', purpose: 'pin', traffic: [share('s', 100)] }],
  ['pinned already: the template is deployed', deploying({}), { kind: 'deploy' }],
  ['a new revision is named', deploying({ candidateLive: { name: 'c', ready: false, settled: false, message: null } }), { kind: 'candidate', revision: 'c' }],
  ['a revision that never gets ready fails, no write', deploying({ candidate: arm('c'), candidateLive: { name: 'c', ready: false, settled: true, message: 'crashed' } }), { kind: 'fail' }],
  ['one that has not settled in ten minutes asks a person', later(deploying({ candidate: arm('c'), candidateLive: { name: 'c', ready: false, settled: false, message: null } }), 600_000), { kind: 'hold', code: 'provider_error' }],
  ['a ready one gets its tag at 0%', deploying({ candidate: arm('c'), candidateLive: { name: 'c', ready: true, settled: true, message: null } }), { kind: 'write', purpose: 'tag', traffic: [share('s', 100), share('c', 0, 'blue')] }],
  ['no weight to a revision that is not ready', facts({ stepIndex: 3, runs: [run(), run(), run(), run({ state: 'running' })], candidateLive: { name: 'c', ready: false, settled: true, message: 'oom' } }), { kind: 'rollBack' }],
  ['a weight keeps the tags', facts({ stepIndex: 3, runs: [run(), run(), run(), run({ state: 'running' })] }), { kind: 'write', purpose: 'weight', traffic: [share('c', 100), share('c', 0, 'blue')] }],
  ['a first release has no weight to shift', facts({ stable: null, stepIndex: 3, runs: [run(), run(), run(), run({ state: 'running' })], intended: null }), { kind: 'skip' }],
  ['a bake waits for its time', facts(), { kind: 'wait' }],
  ['time over, no rules: it passes', later(facts(), 60_000), { kind: 'pass' }],
  ['time over and not enough data: it waits', later(facts({ verdicts: [verdict({ verdict: 'inconclusive' })] }), 60_000), { kind: 'wait' }],
  ['not enough data for as long as the strategy says: asks', later(facts({ verdicts: [verdict({ verdict: 'inconclusive' })] }), 120_000), { kind: 'hold', code: 'not_enough_data' }],
  ['a watch rule decides nothing', later(facts({ verdicts: [verdict({ mode: 'watch', verdict: 'fail' })] }), 60_000), { kind: 'pass' }],
  ['an ask rule that fails asks', facts({ verdicts: [verdict({ mode: 'ask', verdict: 'fail' })] }), { kind: 'hold', code: 'rule_failed' }],
  ['a rollback rule that fails rolls back at once', facts({ verdicts: [verdict({ verdict: 'fail' })] }), { kind: 'rollBack', rule: 'errors' }],
  ['not when stable breaks the same limit: it is not this release', facts({ verdicts: [bothWorse] }), { kind: 'hold', code: 'both_worse' }],
  ['a candidate much worse than a bad stable still goes back', facts({ verdicts: [{ ...bothWorse, value: 0.9, stable: { requests: 900, errors: 20, value: 0.022 } }] }), { kind: 'rollBack' }],
  ['which is asked once', facts({ state: 'held', hold: { code: 'both_worse', message: '', at: isoOf(t0) }, verdicts: [bothWorse] }), { kind: 'wait' }],
  ['and while paused it stays paused', facts({ state: 'paused', verdicts: [bothWorse] }), { kind: 'wait' }],
  ['another rule that stable keeps still rolls back', facts({ verdicts: [bothWorse, verdict({ rule: 'against stable', limit: null, verdict: 'fail', stable: { requests: 900, errors: 90, value: 0.1 } })] }), { kind: 'rollBack', rule: 'against stable' }],
  ['stable with too few requests is no excuse', facts({ verdicts: [{ ...bothWorse, minRequests: 1000 }] }), { kind: 'rollBack' }],
  ['a comparison without a sign of worse ends a bake whose time is over', later(facts({ verdicts: [verdict({ verdict: 'inconclusive', limit: null, standing: 'not_worse' })] }), 60_000), { kind: 'pass' }],
  ['and not before', facts({ verdicts: [verdict({ verdict: 'inconclusive', limit: null, standing: 'not_worse' })] }), { kind: 'wait' }],
  ['what was compared before all traffic was its own decides nothing', later(facts({ verdicts: [verdict({ mode: 'ask', verdict: 'fail', limit: null, past: true })] }), 60_000), { kind: 'pass' }],
  ['what leans against it is asked about, whatever is said of too little data', later(facts({ plan: { ...facts().plan, analysis: { ...facts().plan.analysis, notEnoughData: { afterMs: 120_000, then: 'advance' } } }, verdicts: [verdict({ verdict: 'inconclusive', standing: 'leans' })] }), 120_000), { kind: 'hold', code: 'not_enough_data' }],
  ['held for data, what a rule asks by now is asked', later(facts({ state: 'held', hold: { code: 'not_enough_data', message: 'too few', at: isoOf(t0) }, verdicts: [verdict({ verdict: 'inconclusive' }), verdict({ rule: 'b', mode: 'ask', verdict: 'fail' })] }), 120_000), { kind: 'hold', code: 'rule_failed' }],
  ['and its question is of the figures by now, of every rule that asks', later(facts({ state: 'held', hold: { code: 'not_enough_data', message: 'a: 3 of 200', at: isoOf(t0) }, verdicts: [verdict({ rule: 'a', verdict: 'inconclusive', message: '9 of 200' }), verdict({ rule: 'b', verdict: 'inconclusive', message: '9 of 50' }), verdict({ rule: 'c', verdict: 'pass' })] }), 120_000), { kind: 'wait', asks: 'a: 9 of 200. Also b: 9 of 50' }],
  ['nor beside one without data', later(facts({ verdicts: [verdict({ verdict: 'inconclusive', limit: null, standing: 'not_worse' }), verdict({ rule: 'b', verdict: 'inconclusive' })] }), 60_000), { kind: 'wait' }],
  ['not after a restore: the stable that is remembered may not be the one', facts({ state: 'held', hold: { code: 'outside_change', message: 'restored', at: isoOf(t0), details: { restored: true } }, verdicts: [verdict({ verdict: 'fail' })] }), { kind: 'wait' }],
  ['a held one that nobody restored goes back by its rule', facts({ state: 'held', hold: { code: 'not_enough_data', message: 'asks', at: isoOf(t0) }, verdicts: [verdict({ verdict: 'fail' })] }), { kind: 'rollBack' }],
  ['also while paused', facts({ state: 'paused', verdicts: [verdict({ verdict: 'fail' })] }), { kind: 'rollBack' }],
  ['also while it asks something else', facts({ state: 'held', hold: { code: 'awaiting_approval', message: '', at: isoOf(t0) }, verdicts: [verdict({ verdict: 'fail' })] }), { kind: 'rollBack' }],
  ['with nothing to go back to it fails and stays serving', facts({ stable: null, intended: null, verdicts: [verdict({ verdict: 'fail' })] }), { kind: 'fail' }],
  ['metrics trouble is not the release\'s fault', facts({ verdicts: [verdict({ verdict: 'error' })] }), { kind: 'wait' }],
  ['metrics trouble for long asks', later(facts({ verdicts: [verdict({ verdict: 'error' })] }), 60_000), { kind: 'hold', code: 'cannot_measure' }],
  ['a source that answers again lets it go on', facts({ state: 'held', hold: { code: 'cannot_measure', message: '', at: isoOf(t0) }, verdicts: [verdict({ verdict: 'inconclusive' })] }), { kind: 'unhold' }],
  ['a split from outside is held', facts({}, { split: { s: 60, c: 40 } }), { kind: 'hold', code: 'outside_change' }],
  ['a service that was deleted is held and named so', facts({}, { exists: false, split: {}, traffic: [], tags: {} }), { kind: 'hold', code: 'outside_change', message: 'the service is not there any more: it was deleted outside Sluice' }],
  ['a tag of ours that moved is held', facts({}, { tags: { blue: 's' } }), { kind: 'hold', code: 'outside_change' }],
  ['a tag of somebody else is not', facts({}, { tags: { blue: 'c', theirs: 's' } }), { kind: 'wait' }],
  ['put back by itself, it goes on', facts({ state: 'held', hold: { code: 'outside_change', message: '', at: isoOf(t0) } }), { kind: 'unhold' }],
  ['an intent that is live is done', facts({ intent: { kind: 'traffic', purpose: 'weight', traffic: [share('s', 90), share('c', 10), share('c', 0, 'blue')], epoch: 1, at: isoOf(t0), etag: 'old' } }), { kind: 'confirm' }],
  ['an intent that is not live is made again', facts({ intent: { kind: 'traffic', purpose: 'weight', traffic: [share('s', 50), share('c', 50), share('c', 0, 'blue')], epoch: 1, at: isoOf(t0), etag: 'old' } }), { kind: 'write', purpose: 'weight' }],
  ['an intent whose target somebody moved is dropped and held', facts({ intent: { kind: 'traffic', purpose: 'weight', traffic: [share('s', 50), share('c', 50)], epoch: 1, at: isoOf(t0), etag: 'old' } }, { split: { s: 1, c: 99 } }), { kind: 'hold', code: 'outside_change' }],
  ['a call no longer wanted is fenced off', facts({ state: 'paused', intent: { kind: 'traffic', purpose: 'weight', traffic: [share('s', 50), share('c', 50)], epoch: 1, at: isoOf(t0), etag: 'old' } }), { kind: 'write', purpose: 'fence' }],
  ['a fence is made only when the etag moved', facts({ state: 'paused', intent: { kind: 'traffic', purpose: 'fence', traffic: [share('s', 90), share('c', 10)], epoch: 1, at: isoOf(t0), etag: 'e' } }), { kind: 'write', purpose: 'fence' }],
  ['going back is one write to stable', facts({ state: 'rolling_back' }), { kind: 'write', purpose: 'return', traffic: [share('s', 100), share('c', 0, 'blue')] }],
  ['back is done when it is read back', facts({ state: 'rolling_back' }, { split: { s: 100 } }), { kind: 'rolledBack' }],
  ['on the way back a change from outside asks nobody', facts({ state: 'rolling_back', intent: { kind: 'traffic', purpose: 'return', traffic: [share('s', 100), share('c', 0, 'blue')], epoch: 1, at: isoOf(t0), etag: 'old' } }, { split: { s: 1, c: 99 } }), { kind: 'write', purpose: 'return' }],
  ['a way back that the provider took but did not apply is written again', later(facts({ state: 'rolling_back', intent: { kind: 'traffic', purpose: 'return', traffic: [share('s', 100), share('c', 0, 'blue')], epoch: 1, at: isoOf(t0), etag: 'old' } }, { traffic: [share('s', 100), share('c', 0, 'blue')] }), 10_000), { kind: 'write', purpose: 'return' }],
  ['stable is gone: it ends and says so', facts({ state: 'rolling_back', stableLive: null }), { kind: 'fail' }],
  ['after the last step it is done only at 100%', facts({ stepIndex: 4, intended: { split: { c: 100 }, tags: {} } }, { split: { c: 100 } }), { kind: 'succeed' }],
  ['short of 100% after the last step a person decides', facts({ stepIndex: 4 }), { kind: 'hold', code: 'outside_change', details: { atEnd: true, change: 'c: 100% → 10%; s: 0% → 90%', expected: { c: 100 }, observed: { s: 90, c: 10 } } }],
  ['and is asked once', facts({ stepIndex: 4, state: 'held', hold: { code: 'outside_change', message: '', at: isoOf(t0), details: { atEnd: true, change: 'c: 100% → 10%; s: 0% → 90%' } } }), { kind: 'wait' }],
  ['asked anew when the split moves again', facts({ stepIndex: 4, state: 'held', hold: { code: 'outside_change', message: '', at: isoOf(t0), details: { atEnd: true, change: 'c: 100% → 10%; s: 0% → 90%' } } }, { split: { s: 50, c: 50 } }), { kind: 'hold', code: 'outside_change', details: { atEnd: true, observed: { s: 50, c: 50 } } }],
  ['100% by somebody else after the last step is not what the steps watched', facts({ stepIndex: 4 }, { split: { c: 100 } }), { kind: 'hold', code: 'outside_change', details: { atEnd: true } }],
  ['in the last bake a change is still one of the bake', facts({}, { split: { s: 60, c: 40 } }), { kind: 'hold', code: 'outside_change', details: { change: 'c: 10% → 40%; s: 90% → 60%', expected: { s: 90, c: 10 }, observed: { s: 60, c: 40 } } }],
  ['a veto asks', facts({ releaseVetoed: true }), { kind: 'hold', code: 'vetoed' }],
  ['a call still under way when the way back began is fenced by a write, also where stable serves all', facts({ state: 'rolling_back', intent: { kind: 'traffic', purpose: 'weight', traffic: [share('s', 90), share('c', 10), share('c', 0, 'blue')], epoch: 1, at: isoOf(t0), etag: 'e' } }, { split: { s: 100 }, traffic: [share('s', 100), share('c', 0, 'blue')] }), { kind: 'write', purpose: 'return' }],
  ['the way back does not wait for a change of somebody else that never settles', facts({ state: 'rolling_back' }, { settled: false }), { kind: 'write', purpose: 'return' }],
  ['stable is not ready and serves nothing: no write to it', facts({ state: 'rolling_back', stableLive: { name: 's', ready: false, settled: true, message: 'oom' } }, { split: { c: 100 }, traffic: [share('c', 100)] }), { kind: 'fail' }],
  ['stable cannot read the schema that the candidate brought: the split stays and a person is asked', facts({ backRefused: 'no', verdicts: [verdict({ verdict: 'fail' })] }), { kind: 'hold', code: 'rule_failed', details: { frozen: true } }],
  ['frozen already: it waits for the person', facts({ state: 'held', hold: { code: 'rule_failed', message: '', at: isoOf(t0), details: { frozen: true } }, backRefused: 'no', verdicts: [verdict({ verdict: 'fail' })] }), { kind: 'wait' }],
  ['frozen at an approve step, approvals still pass it and nothing else does', facts({ state: 'held', hold: { code: 'rule_failed', message: '', at: isoOf(t0), details: { frozen: true } }, backRefused: 'no', approvals: { met: true, rejectedBy: null, waiting: '' }, plan: { ...facts().plan, steps: steps.map((s, i) => (i === 2 ? { kind: 'approve', rule: { name: 'qa', count: 1, roles: ['admin'], exclude: [], expiresAfterMs: null } } : s)) } }), { kind: 'pass' }],
  ['frozen in a bake, a rule that passes again does not go on by itself', later(facts({ state: 'held', hold: { code: 'rule_failed', message: '', at: isoOf(t0), details: { frozen: true } }, backRefused: 'no', verdicts: [verdict({ verdict: 'pass' })] }), 60_000), { kind: 'wait' }],
  ['frozen and then changed outside: one question at a time', facts({ state: 'held', hold: { code: 'outside_change', message: '', at: isoOf(t0), details: { change: 'c: 10% → 40%; s: 90% → 60%' } }, backRefused: 'no', verdicts: [verdict({ verdict: 'fail' })] }, { split: { s: 60, c: 40 } }), { kind: 'wait' }],
  ['held before its first look and let go: it looks first', facts({ begun: false, stable: null, stepIndex: 0, runs: [run(), run(), run(), run()] }), { kind: 'begin', stable: 's' }],
  ['an image that is held here does not begin', facts({ state: 'pending', begun: false, stable: null, heldHere: 'errors at night' }), { kind: 'cancel' }],
  ['a weight waits for a change of somebody else that is settling', facts({ stepIndex: 3, runs: [run(), run(), run(), run({ state: 'running', startedAt: isoOf(t0) })] }, { settled: false }), { kind: 'wait' }],
  ['and so does one that is to be made again', facts({ intent: { kind: 'traffic', purpose: 'weight', traffic: [share('s', 50), share('c', 50)], epoch: 1, at: isoOf(t0), etag: 'old' } }, { settled: false }), { kind: 'wait' }],
  ['a rollback rollout writes and reads back', facts({ kind: 'rollback', desiredSplit: { s: 100 } }), { kind: 'write', purpose: 'rollback' }],
  ['a rollback rollout ends by what is live', facts({ kind: 'rollback', desiredSplit: { s: 100 } }, { split: { s: 100 } }), { kind: 'succeed' }],
  ['a shift is written on what its plan saw', shifting(), { kind: 'write', purpose: 'shift', traffic: planned }],
  ['changed since, before any call: nothing was written', shifting({}, { etag: 'moved', split: { s: 1, c: 99 }, traffic: [share('s', 1), share('c', 99)] }), { kind: 'cancel', message: expect.stringMatching(/it is at 99% c, 1% s now: nothing was written; plan again/) }],
  ['changed since, after a call whose outcome is not known: says so', shifting({ called: true }, { etag: 'moved', split: { s: 1, c: 99 }, traffic: [share('s', 1), share('c', 99)] }), { kind: 'cancel', message: expect.stringMatching(/not known/) }],
  ['deleted since: says so', shifting({}, { exists: false, etag: '', split: {}, traffic: [], tags: {} }), { kind: 'cancel', message: expect.stringMatching(/deleted/) }],
  ['its own write moved the etag: done', shifting({}, { etag: 'moved', split: { s: 50, c: 50 }, traffic: planned }), { kind: 'confirm' }],
  ['taken and settling: it waits', shifting({}, { etag: 'moved', settled: false, traffic: planned }), { kind: 'wait' }],
  ['taken and not applied in ten minutes: a person is asked', later(shifting({}, { etag: 'moved', settled: false, traffic: planned }), 600_000), { kind: 'hold', code: 'provider_error' }],
  ['a tag of somebody else since is no reason against what is live', shifting({}, { etag: 'moved', split: { s: 50, c: 50 }, traffic: [...planned, share('s', 0, 'theirs')], tags: { blue: 'c', theirs: 's' } }), { kind: 'confirm' }],
  ['our tag not put back is not done', shifting({ called: true }, { split: { s: 50, c: 50 }, traffic: [share('s', 50), share('c', 50)], tags: {} }), { kind: 'write', purpose: 'shift' }],
  ['the same shares by way of latest are not what was planned', shifting({}, { split: { s: 50, c: 50 }, traffic: [share('s', 50), { ...latest, percent: 50 }, share('c', 0, 'blue')], namesLatest: true }), { kind: 'write', purpose: 'shift' }],
  ['paused or held, a shift is neither written nor fenced', { ...shifting(), state: 'paused' }, { kind: 'wait' }],
  ['a shift that was never called needs no fence on the way back', { ...shifting({}, { split: { s: 100 }, traffic: [share('s', 100)] }), state: 'rolling_back' }, { kind: 'rolledBack' }],
  ['one that may still arrive does', { ...shifting({ called: true }, { split: { s: 100 }, traffic: [share('s', 100)] }), state: 'rolling_back' }, { kind: 'write', purpose: 'return' }],
  ['read back, it ends by what is live', { ...shifting({}, { split: { s: 50, c: 50 }, traffic: planned }), intent: null }, { kind: 'succeed' }],
  ['read back and then changed: it is not written over', { ...shifting(), intent: null }, { kind: 'cancel' }],
]
test.each(table)('%s', (_what, given, decision) => expect(decide(given)).toMatchObject(decision))
