import { expect, test } from 'vitest'
import { axisText, chartKinds, niceTop, timeTicks } from '#components/metrics/kinds.ts'
import { asSeenBy, highest, rowsOf, totalOf, unknownSpans } from '#components/metrics/rows.ts'
import type { ArmName, TargetMetrics } from '#lib/metrics/contract.ts'

const minute = 60_000
const at = (minutes: number) => new Date(minutes * minute).toISOString()
const figures = (requests: number, errors = 0) => ({ requests, errors, errorRate: errors / requests, p50Ms: 80, p95Ms: 200 })
const revision = (name: string, arms: ArmName[], buckets: (number | null)[]) => ({ revision: name, version: null, arms, buckets: buckets.map((n) => (n === null ? null : figures(n, name === 'new' ? n / 10 : 0))) })
const metrics = (revisions: TargetMetrics['revisions']): TargetMetrics => ({
  target: 't', window: '1h', from: at(0), to: at(4), bucketSeconds: 60, asOf: at(5), source: { name: 'x', samplePeriodSeconds: 60, ingestDelaySeconds: 60 }, error: null, revisions, markers: [], limits: [], now: at(5),
})

test('a revision moves from the candidate’s column to the stable one, and gaps stay gaps', () => {
  const rows = rowsOf(metrics([revision('old', ['stable', 'stable', 'other', 'other'], [100, 90, null, null]), revision('new', ['other', 'candidate', 'stable', 'stable'], [null, 10, 100, null])]))
  expect(rows.map((r) => [r.stable?.revision, r.candidate?.revision])).toEqual([['old', undefined], ['old', 'new'], ['new', undefined], [undefined, undefined]])
  expect(totalOf(rows, 'candidate')).toEqual({ requests: 10, errors: 1 })
  expect(totalOf(rows, 'other')).toBeNull()
  expect(unknownSpans(rows, 5 * minute)).toEqual([{ fromMs: 3 * minute, toMs: 4 * minute, why: 'no data' }, { fromMs: 4 * minute, toMs: 5 * minute, why: 'not reported yet' }])
  expect(highest(rows, (f) => f.errorRate)).toMatchObject({ arm: 'candidate', value: 0.1 })
})

test('a rollout’s own arms hold in its pictures: what it comes from is stable also while it still came as a candidate', () => {
  const m = metrics([revision('old', ['stable', 'stable', 'other', 'other'], [100, 90, null, null]), revision('mid', ['candidate', 'candidate', 'stable', 'stable'], [10, 10, 90, 80]), revision('new', ['other', 'other', 'candidate', 'candidate'], [null, null, 10, 20])])
  const rows = rowsOf(asSeenBy({ stable: { revision: 'mid' }, candidate: { revision: 'new' } }, m))
  expect(rows.map((r) => [r.stable?.revision, r.candidate?.revision, r.other?.revision])).toEqual([['mid', undefined, 'old'], ['mid', undefined, 'old'], ['mid', 'new', undefined], ['mid', 'new', undefined]])
})

test('an axis ends on a round number that is not below its value', () => {
  expect([0.0105, 1, 100, 105, 230, 610].map(niceTop)).toEqual([0.02, 1, 100, 200, 400, 800])
  const [requests, errors, latency] = chartKinds
  expect([requests && axisText(requests, 0), errors && axisText(errors, 0.05), errors && axisText(errors, 0.005), latency && axisText(latency, 400)]).toEqual(['0', '5%', '0.50%', '400\u00a0ms'])
})

test('times are round hours of the reader’s own clock', () => {
  const halfPastFive = 5.5 * 3_600_000
  expect(timeTicks('6h', 0, 2 * 3_600_000, halfPastFive)).toEqual([0.5 * 3_600_000, 1.5 * 3_600_000])
})
