import { expect, test } from 'vitest'
import { replay } from '#lib/backtest/replay.ts'
import type { Past, RecordedLook } from '#lib/engine/compare/schema.ts'
import type { Analysis, Rule } from '#lib/rollouts/schema.ts'

const past: Past = { innerMs: [100, 200], counts: [500, 400, 100], minutes: { requests: [], errors: [] } }
const noPast: Past = { innerMs: [], counts: [], minutes: { requests: [], errors: [] } }
const compare: Rule = { name: 'against stable', kind: 'compare', mode: 'rollback', metric: 'error_rate', tolerance: 0, alpha: null, minRequests: 200 }
const spike: Rule = { name: 'spike', kind: 'threshold', mode: 'rollback', metric: 'error_rate', max: 0.02, overMs: 120_000, minRequests: 50 }
const slow: Rule = { name: 'slow', kind: 'threshold', mode: 'ask', metric: 'latency_p95', max: 150, overMs: 120_000, minRequests: 50 }
const analysis = (...rules: Rule[]): Analysis => ({ notEnoughData: { afterMs: 0, then: 'ask' }, cannotMeasure: { afterMs: 0, then: 'ask' }, rules })

const arm = (requests: number, errors: number) => ({ requests, errors, latency: [requests / 2, requests / 2, 0] })
/** A minute each, 60 requests of the candidate to 540 of stable. */
const looks = (...errors: [candidate: number, stable: number][]): RecordedLook[] => errors.map(([c, s], i) => ({ fromMs: i * 60_000, toMs: (i + 1) * 60_000, share: 0.1, candidate: arm(60, c), stable: arm(540, s) }))

test('the first look that fails stops it, with what came after as spared', () => {
  const run = () => replay(analysis(compare), past, looks([0, 1], [5, 0], [4, 0], [6, 9]))
  expect(run().stop).toMatchObject({ rule: 'against stable', atMs: 120_000, requests: 120, avoidedErrors: 9 })
  expect(run()).toEqual(run())
})

test('a threshold looks back over its own window only', () => {
  const early = looks([0, 0], [0, 0], [0, 0], [3, 0])
  expect(replay(analysis(spike), past, early).stop).toMatchObject({ rule: 'spike', atMs: 240_000, mode: 'rollback' })
  expect(replay(analysis({ ...spike, max: 0.03 }), past, early).stop).toBeNull()
  expect(replay(analysis({ ...spike, overMs: 600_000 }), past, early).stop).toBeNull()
})

test('a limit is of the traffic since it moved, and says when it was passed', () => {
  const later: RecordedLook = { fromMs: 60_000, toMs: 120_000, share: 0.5, candidate: arm(300, 0), stable: arm(300, 1) }
  const long = { ...spike, overMs: 600_000, minRequests: 100 }
  // 8 of 60 are too few to say; in one window with the 300 after it they would be over 2%.
  expect(replay(analysis(long), past, [...looks([8, 1]), later]).stop).toBeNull()
  expect(replay(analysis(spike), past, looks([4, 1])).stop).toMatchObject({ atMs: 60_000, reason: expect.stringMatching(/^Over the limit at 60 s: now 6.7%/) })
})

test('what stable suffers too stops nothing by comparison', () => {
  expect(replay(analysis(compare), past, looks([3, 27], [3, 27], [3, 27])).stop).toBeNull()
})

test('a rule that only watches stops nothing', () => {
  expect(replay(analysis({ ...spike, mode: 'watch' }), past, looks([30, 0])).stop).toBeNull()
})

test('latency without buckets is said to be unanswered', () => {
  expect(replay(analysis(slow, spike), noPast, looks([0, 0]))).toEqual({ stop: null, unanswered: ['slow'], unasked: [], judgedLooks: 1, coldLooks: 0, endsCold: false })
  expect(replay(analysis(slow), past, looks([0, 0])).stop).toMatchObject({ rule: 'slow', mode: 'ask' })
})

test('evidence goes on when the split moves', () => {
  const first = looks([2, 1])
  const then: RecordedLook = { fromMs: 60_000, toMs: 120_000, share: 0.5, candidate: arm(300, 9), stable: arm(300, 1) }
  expect(replay(analysis(compare), past, [then]).stop).toBeNull()
  expect(replay(analysis(compare), past, [...first, then]).stop).toMatchObject({ requests: 360 })
})

test('a limit goes on at 100%, where nothing is compared', () => {
  const all = (i: number, errors: number): RecordedLook => ({ fromMs: i * 60_000, toMs: (i + 1) * 60_000, share: 1, candidate: arm(600, errors), stable: { requests: 0, errors: 0, latency: [0, 0, 0] } })
  const at100 = [...looks([0, 1], [0, 1]), all(2, 0), all(3, 80)]
  expect(replay(analysis(compare, spike), past, at100).stop).toMatchObject({ rule: 'spike', atMs: 240_000, requests: 1200, reason: expect.stringMatching(/of 1,200 requests/) })
  expect(replay(analysis(compare), past, at100)).toEqual({ stop: null, unanswered: [], unasked: [], judgedLooks: 2, coldLooks: 0, endsCold: false })
  // As often as stable fails: nothing would have been spared.
  const usual: [number, number][] = [[2, 11], [1, 11], [1, 11]]
  const known = { ...past, minutes: { requests: [600, 600], errors: [12, 12] } }
  expect(replay(analysis({ ...spike, max: 0.03 }), known, [...looks([3, 11], ...usual), all(4, 12), all(5, 12)]).stop).toMatchObject({ atMs: 60_000, avoidedErrors: 0 })
  expect(replay(analysis({ ...spike, max: 0.03 }), known, [...looks([3, 11], ...usual), all(4, 42), all(5, 12)]).stop).toMatchObject({ atMs: 60_000, avoidedErrors: 30 })
  // What the comparison knew before 100% goes on after it.
  const last = looks([0, 0], [0, 0], [2, 1]).slice(2)
  expect(replay(analysis(compare), past, last).stop).toBeNull()
  const again = looks([2, 1]).concat(all(1, 0), last)
  expect(replay(analysis(compare, { ...spike, max: 1 }), past, again).stop).toMatchObject({ rule: 'against stable', atMs: 180_000 })
  // One that went to 100% at once.
  expect(replay(analysis(spike, slow), past, [all(0, 0)]).stop).toMatchObject({ rule: 'slow', requests: 600 })
})

test('what came while it warmed up counts for nothing', () => {
  const cold = looks([30, 1], [0, 1], [0, 1], [0, 1])
  const warmUp = (ms: number) => ({ ...analysis(compare, spike), warmUpMs: ms })
  expect(replay(analysis(compare, spike), past, cold, [0]).stop).toMatchObject({ atMs: 60_000 })
  expect(replay(warmUp(60_000), past, cold, [0])).toEqual({ stop: null, unanswered: [], unasked: [], judgedLooks: 3, coldLooks: 1, endsCold: false })
  // Counted from each move, not from the first alone.
  expect(replay(warmUp(60_000), past, looks([0, 1], [0, 1], [30, 1], [0, 1]), [0, 120_000]).stop).toBeNull()
  expect(replay(warmUp(60_000), past, looks([0, 1], [0, 1], [30, 1], [0, 1]), [0, 60_000]).stop).toMatchObject({ atMs: 180_000 })
})

test('a rule of which no look was asked is named', () => {
  const at100: RecordedLook[] = [0, 1].map((i) => ({ fromMs: i * 60_000, toMs: (i + 1) * 60_000, share: 1, candidate: arm(600, 0), stable: { requests: 0, errors: 0, latency: [0, 0, 0] } }))
  expect(replay(analysis(compare, { ...spike, mode: 'watch' }), past, at100)).toMatchObject({ unasked: ['against stable'], judgedLooks: 2 })
  expect(replay(analysis(compare), past, at100)).toMatchObject({ unasked: ['against stable'], judgedLooks: 0 })
  expect(replay(analysis(compare, spike), past, [...looks([0, 0]), ...at100.map((l) => ({ ...l, fromMs: l.fromMs + 60_000, toMs: l.toMs + 60_000 }))])).toMatchObject({ unasked: [], judgedLooks: 3 })
})

test('what comes after a stop is spared, cold or not', () => {
  const at50 = (i: number, errors: number): RecordedLook => ({ fromMs: i * 60_000, toMs: (i + 1) * 60_000, share: 0.5, candidate: arm(300, errors), stable: arm(300, 0) })
  const recorded = [...looks([0, 0], [10, 0]), at50(2, 100), at50(3, 20)]
  for (const warmUpMs of [undefined, 60_000]) expect(replay({ ...analysis(spike), warmUpMs }, past, recorded, [0, 120_000]).stop).toMatchObject({ atMs: 120_000, avoidedErrors: 120 })
})

test('what hardly counted since traffic moved last had hardly begun', () => {
  const four = looks([0, 1], [0, 1], [0, 1], [0, 1])
  const endsCold = (warmUpMs: number, movedMs: number[]) => replay({ ...analysis(spike), warmUpMs }, past, four, movedMs).endsCold
  expect(endsCold(60_000, [0])).toBe(false)
  expect(endsCold(180_000, [0])).toBe(true)
  expect(endsCold(60_000, [0, 180_000])).toBe(true)
  expect(endsCold(120_000, [0, 240_000])).toBe(false)
  // What the rollout itself left out told nothing then either.
  const own = four.map((l, i) => ({ ...l, isCold: i < 3 }))
  expect([0, 60_000, 180_000, 240_000].map((warmUpMs) => replay({ ...analysis(spike), warmUpMs }, past, own, [0]).endsCold)).toEqual([false, false, false, true])
})

test('nothing recorded, nothing said', () => {
  expect(replay(analysis(compare, spike), past, [])).toEqual({ stop: null, unanswered: [], unasked: ['against stable', 'spike'], judgedLooks: 0, coldLooks: 0, endsCold: false })
})
