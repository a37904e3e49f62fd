import { describe, expect, test } from 'vitest'
import type { GateFacts } from '#lib/gates/gate.ts'
import { upstream } from '#lib/gates/upstream/gate.ts'
import type { TargetHistory } from '#lib/gates/upstream/history.ts'

const minuteMs = 60_000
const now = 100 * minuteMs
const facts = (over: Partial<GateFacts> = {}): GateFacts => ({
  nowMs: now, promotionId: 'p', requestedById: 'dev', requestedAtMs: 0, contentHash: 'h', applicationId: 'app', environmentId: 'env',
  release: { id: 'r', version: '1.2.0', state: 'active', author: null, createdById: null, artifacts: [] },
  policy: { approvals: [], after: [{ environment: 'staging', soakMs: 30 * minuteMs }] },
  ...over,
})
const history = (over: Partial<TargetHistory> = {}): TargetHistory => ({ service: 'api', reached: { sinceMs: now - 30 * minuteMs, untilMs: null }, problems: [], ...over })
const judge = (h: readonly TargetHistory[] | null) => upstream.judge(facts(), [h])[0]

describe('after staging for 30 min', () => {
  test.each<[string, readonly TargetHistory[] | null, string, string[]]>([
    ['exactly 30 min at 100%', [history()], 'met', []],
    ['one millisecond less', [history({ reached: { sinceMs: now - 30 * minuteMs + 1, untilMs: null } })], 'unmet', ['upstream_soak']],
    ['never there', [history({ reached: null })], 'unmet', ['upstream_not_reached']],
    ['long enough before a newer one replaced it', [history({ reached: { sinceMs: 0, untilMs: 40 * minuteMs } })], 'met', []],
    ['not long enough before a newer one', [history({ reached: { sinceMs: 0, untilMs: 20 * minuteMs } })], 'unmet', ['upstream_soak']],
    ['drifted', [history({ problems: [{ code: 'drifted', message: 'd' }] })], 'unmet', ['upstream_drifted']],
    ['held after a rollback, whatever its time', [history({ problems: [{ code: 'held', message: 'h' }, { code: 'rolled_back', message: 'r' }] })], 'unmet', ['upstream_held', 'upstream_rolled_back']],
    ['one service of two', [history(), history({ service: 'worker', reached: null })], 'unmet', ['upstream_not_reached']],
    ['all reasons of all services at once', [history({ service: 'api', reached: null, problems: [{ code: 'held', message: 'h' }] }), history({ service: 'worker', reached: null })], 'unmet', ['upstream_held', 'upstream_not_reached', 'upstream_not_reached']],
    ['an environment that is gone', null, 'unmet', ['upstream_missing']],
    ['an environment without the services', [], 'unmet', ['upstream_missing']],
  ])('%s', (_, h, state, codes) => {
    const outcome = judge(h)
    expect(outcome?.state).toBe(state)
    expect(outcome?.unmet.map((u) => u.code)).toEqual(codes)
  })
})

test('says when it opens by itself, and when to look again', () => {
  const outcome = judge([history({ reached: { sinceMs: now - 10 * minuteMs, untilMs: null } }), history({ service: 'worker', reached: { sinceMs: now - 5 * minuteMs, untilMs: null } })])
  expect(outcome?.summary).toBe('opens by itself in 25 min')
  expect(outcome?.unmet.map((u) => u.opensAt)).toEqual([new Date(now + 20 * minuteMs).toISOString(), new Date(now + 25 * minuteMs).toISOString()])
  expect(outcome?.lookAgainAtMs).toBe(now + 20 * minuteMs)
})

test('does not promise to open by itself when another service cannot', () => {
  const outcome = judge([history({ reached: { sinceMs: now, untilMs: null } }), history({ service: 'worker', reached: null })])
  expect(outcome?.summary).not.toContain('by itself')
})
