import { describe, expect, test } from 'vitest'
import { decideFollow, decideWaiting, lookAgainMs, serviceOutcome, type FollowFacts, type ServiceFacts, type WaitingFacts } from '#lib/promotions/decide.ts'
import type { RolloutState } from '#lib/rollouts/state.ts'

const open = { isOpen: true, expired: null, lookAgainAtMs: null }
const shut = (lookAgainAtMs: number | null = null, expired: string | null = null) => ({ isOpen: false, expired, lookAgainAtMs })
const waiting = (over: Partial<WaitingFacts> = {}): WaitingFacts => ({ nowMs: 0, start: 'auto', startRequested: false, gone: null, releaseAbandoned: false, gates: [open], blockers: [], onNewer: 'supersede', goesFirst: false, rolling: [], otherBusy: 0, ...over })
const older = { promotionId: 'old', isOlder: true, isGivingWay: false }

describe('a waiting promotion', () => {
  test.each<[string, Partial<WaitingFacts>, object]>([
    ['starts when every gate is open and nobody is in the way', {}, { kind: 'start' }],
    ['starts without any gate', { gates: [] }, { kind: 'start' }],
    ['waits for a gate', { gates: [open, shut()] }, { kind: 'wait', state: 'pending', lookAgainAtMs: lookAgainMs }],
    ['looks again when the next gate opens by itself', { gates: [shut(5000), shut(9000)] }, { kind: 'wait', state: 'pending', lookAgainAtMs: 5000 }],
    ['never looks again in the past', { nowMs: 10, gates: [shut(5)] }, { kind: 'wait', state: 'pending', lookAgainAtMs: 11 }],
    ['is ready, not started, when a person starts it', { start: 'manual' }, { kind: 'wait', state: 'ready', lookAgainAtMs: lookAgainMs }],
    ['starts once a person asked', { start: 'manual', startRequested: true }, { kind: 'start' }],
    ['does not start for a person while a gate is shut', { start: 'manual', startRequested: true, gates: [shut()] }, { kind: 'wait', state: 'pending', lookAgainAtMs: lookAgainMs }],
    ['expires when a gate ran out of time', { gates: [shut(null, 'too late')] }, { kind: 'end', state: 'expired', reason: 'too late' }],
    ['waits under a hold, gates open or not', { blockers: [{ code: 'hold', message: 'h' }] }, { kind: 'wait', state: 'pending', lookAgainAtMs: lookAgainMs }],
    ['waits while its release is vetoed', { blockers: [{ code: 'vetoed', message: 'v' }] }, { kind: 'wait', state: 'pending', lookAgainAtMs: lookAgainMs }],
    ['ends when a newer release is there', { blockers: [{ code: 'older_release', message: 'newer' }] }, { kind: 'end', state: 'superseded', reason: 'newer' }],
    ['ends when its release was abandoned', { releaseAbandoned: true }, { kind: 'end', state: 'cancelled', reason: 'the release was abandoned' }],
    ['ends when its environment is gone', { gone: 'removed' }, { kind: 'end', state: 'cancelled', reason: 'removed' }],
    ['lets another go first', { goesFirst: true }, { kind: 'wait', state: 'ready', lookAgainAtMs: lookAgainMs }],
    ['makes nobody give way for what another is about to do', { goesFirst: true, rolling: [older] }, { kind: 'wait', state: 'ready', lookAgainAtMs: lookAgainMs }],
    ['waits where the older one must not go back', { rolling: [{ ...older, stays: true }] }, { kind: 'wait', state: 'ready', lookAgainAtMs: lookAgainMs }],
    ['makes an older one give way', { rolling: [older] }, { kind: 'supersede', promotionIds: ['old'], lookAgainAtMs: lookAgainMs }],
    ['waits while the older one goes back', { rolling: [{ ...older, isGivingWay: true }] }, { kind: 'wait', state: 'ready', lookAgainAtMs: lookAgainMs }],
    ['makes nobody give way before its own gates are open', { rolling: [older], gates: [shut()] }, { kind: 'wait', state: 'pending', lookAgainAtMs: lookAgainMs }],
    ['makes nobody give way before a person starts it', { rolling: [older], start: 'manual' }, { kind: 'wait', state: 'ready', lookAgainAtMs: lookAgainMs }],
    ['queues where the policy says so', { rolling: [older], onNewer: 'queue' }, { kind: 'wait', state: 'ready', lookAgainAtMs: lookAgainMs }],
    ['waits for a rollback in progress, and disturbs nobody else', { rolling: [older], otherBusy: 1 }, { kind: 'wait', state: 'ready', lookAgainAtMs: lookAgainMs }],
  ])('%s', (_, over, expected) => {
    expect(decideWaiting(waiting(over))).toEqual(expected)
  })
})

const svc = (service: string, group: number, state: RolloutState | null, over: Partial<ServiceFacts> = {}): ServiceFacts => ({ service, group, rollout: state && { id: `r-${service}`, state }, takenOver: null, back: null, stillServes: false, ...over })
const follow = (services: ServiceFacts[], supersededBy: string | null = null): FollowFacts => ({ supersededBy, services })
const unsafe = { unsafe: 'v2 brought schema 5; v1 reads 3–4' }
const back = (state: RolloutState) => ({ back: { state } })

describe('a promotion that is rolling out', () => {
  test.each<[string, FollowFacts, object]>([
    ['begins with the first group', follow([svc('a', 0, null), svc('b', 1, null)]), { kind: 'next_group', group: 0 }],
    ['waits for the group', follow([svc('a', 0, 'running'), svc('b', 1, null)]), { kind: 'wait' }],
    ['waits for a held one', follow([svc('a', 0, 'held'), svc('b', 1, null)]), { kind: 'wait' }],
    ['waits for the rest of the group', follow([svc('a', 0, 'succeeded'), svc('b', 0, 'paused'), svc('c', 1, null)]), { kind: 'wait' }],
    ['goes on with the next group', follow([svc('a', 0, 'succeeded'), svc('b', 1, null)]), { kind: 'next_group', group: 1 }],
    ['ends when all succeeded', follow([svc('a', 0, 'succeeded'), svc('b', 1, 'succeeded')]), { kind: 'end', state: 'succeeded' }],
    ['stops the rest of the group when one failed', follow([svc('a', 0, 'failed'), svc('b', 0, 'running'), svc('c', 1, null)]), { kind: 'abort', rolloutIds: ['r-b'] }],
    ['waits for the rest to be back', follow([svc('a', 0, 'failed'), svc('b', 0, 'rolling_back')]), { kind: 'wait' }],
    ['takes earlier services back, the last group first', follow([svc('a', 0, 'succeeded'), svc('b', 1, 'succeeded'), svc('c', 2, 'rolled_back')]), { kind: 'return', services: ['b'] }],
    ['waits for each return', follow([svc('a', 0, 'succeeded'), svc('b', 1, 'succeeded', back('running')), svc('c', 2, 'rolled_back')]), { kind: 'wait' }],
    ['then the group before it, together', follow([svc('a', 0, 'succeeded'), svc('a2', 0, 'succeeded'), svc('b', 1, 'succeeded', back('succeeded')), svc('c', 2, 'rolled_back')]), { kind: 'return', services: ['a', 'a2'] }],
    ['ends rolled back when all are back', follow([svc('a', 0, 'succeeded', back('succeeded')), svc('b', 1, 'rolled_back')]), { kind: 'end', state: 'rolled_back' }],
    ['ends failed when one failed without traffic', follow([svc('a', 0, 'succeeded', back('succeeded')), svc('b', 1, 'failed')]), { kind: 'end', state: 'failed' }],
    ['ends cancelled when one was aborted without traffic', follow([svc('a', 0, 'cancelled'), svc('b', 1, null)]), { kind: 'end', state: 'cancelled' }],
    ['ends rolled back when a target rollback took its rollout', follow([svc('a', 0, 'superseded'), svc('b', 1, null)]), { kind: 'end', state: 'rolled_back' }],
    ['goes back when a service that was out is rolled back by hand', follow([svc('a', 0, 'succeeded', { takenOver: 'rollback' }), svc('b', 1, 'running')]), { kind: 'abort', rolloutIds: ['r-b'] }],
    ['leaves what somebody rolled back alone', follow([svc('a', 0, 'succeeded', { takenOver: 'rollback' }), svc('b', 1, 'rolled_back')]), { kind: 'end', state: 'rolled_back' }],
    ['leaves what somebody shifted alone', follow([svc('a', 0, 'succeeded', { takenOver: 'other' }), svc('b', 1, 'failed')]), { kind: 'end', state: 'failed' }],
    ['does not start over what has nothing to go back to', follow([svc('a', 0, 'succeeded', { back: 'none' }), svc('b', 1, 'failed')]), { kind: 'end', state: 'failed' }],
    ['does not repeat a return that failed', follow([svc('a', 0, 'succeeded', back('failed')), svc('b', 1, 'failed')]), { kind: 'end', state: 'failed' }],
    ['gives way by aborting', follow([svc('a', 0, 'running'), svc('b', 1, null)], 'new'), { kind: 'abort', rolloutIds: ['r-a'] }],
    ['gives way by returning what went out', follow([svc('a', 0, 'succeeded'), svc('b', 1, 'cancelled')], 'new'), { kind: 'return', services: ['a'] }],
    ['gives way before the next group', follow([svc('a', 0, 'succeeded'), svc('b', 1, null)], 'new'), { kind: 'return', services: ['a'] }],
    ['does not give way over a schema boundary', { ...follow([svc('a', 0, 'running', unsafe), svc('b', 1, null)], 'new'), stays: true }, { kind: 'stay' }],
    ['stops the rest that may go back first, then what must not', follow([svc('a', 0, 'failed'), svc('b', 0, 'running', unsafe), svc('c', 0, 'running')]), { kind: 'abort', rolloutIds: ['r-c'] }],
    ['holds at its split what must not go back', follow([svc('a', 0, 'failed'), svc('b', 0, 'running', unsafe)]), { kind: 'freeze', rolloutIds: ['r-b'] }],
    ['once', follow([svc('a', 0, 'failed'), svc('b', 0, 'held', { ...unsafe, waitsAsItIs: true })]), { kind: 'wait' }],
    ['ends superseded', follow([svc('a', 0, 'rolled_back'), svc('b', 1, null)], 'new'), { kind: 'end', state: 'superseded' }],
    ['has succeeded although a newer one wanted it to give way too late', follow([svc('a', 0, 'succeeded')], 'new'), { kind: 'end', state: 'succeeded' }],
  ])('%s', (_, facts, expected) => {
    expect(decideFollow(facts)).toEqual(expected)
  })
})

describe('after the end, a service', () => {
  test.each<[string, ServiceFacts, string]>([
    ['that was never begun waits', svc('a', 0, null), 'waits'],
    ['that went back is back', svc('a', 0, 'succeeded', back('succeeded')), 'back'],
    ['whose return failed is not', svc('a', 0, 'succeeded', back('failed')), 'not_back'],
    ['with nothing to go back to is not', svc('a', 0, 'succeeded', { back: 'none' }), 'not_back'],
    ['that was rolled back is back', svc('a', 0, 'rolled_back'), 'back'],
    ['whose first release failed and serves is not', svc('a', 0, 'failed', { back: 'none', stillServes: true }), 'not_back'],
    ['whose first release failed before it served is', svc('a', 0, 'failed', { back: 'none' }), 'back'],
    ['that somebody took over is theirs', svc('a', 0, 'succeeded', { takenOver: 'other' }), 'taken_over'],
  ])('%s', (_, facts, expected) => {
    expect(serviceOutcome(facts, true)).toBe(expected)
  })
})
