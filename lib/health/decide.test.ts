import { expect, test } from 'vitest'
import { cannotMeasure, healthOf, notMeasured } from '#lib/health/decide.ts'
import { Health } from '#lib/health/schema.ts'

const at = { asOfMs: Date.UTC(2026, 10, 19, 14, 32), untilMs: Date.UTC(2026, 10, 19, 14, 31) }
const of = (revision: string, requests: number, errors: number, counts: number[]) => ({ revision, requests, errors, latency: { boundsMs: [100, 200, Infinity], counts } })

test('requests, failures and latency of all revisions together, and of each where several answered', () => {
  const h = healthOf([of('b', 100, 5, [0, 100, 0]), of('a', 900, 1, [900, 0, 0])], at)
  expect(h).toMatchObject({ state: 'measured', requests: 1000, errors: 6, p95Ms: 150, until: '2026-11-19T14:31:00.000Z', asOf: '2026-11-19T14:32:00.000Z' })
  expect(h.revisions).toEqual([{ revision: 'a', requests: 900, errors: 1, p95Ms: 95 }, { revision: 'b', requests: 100, errors: 5, p95Ms: 195 }])
})

test('one revision needs no list of itself', () => {
  expect(healthOf([of('a', 10, 0, [10, 0, 0]), of('b', 0, 0, [0, 0, 0])], at).revisions).toEqual([])
})

test('nothing reported is not zero errors', () => {
  expect(healthOf([], at)).toMatchObject({ state: 'no_requests', p95Ms: null })
  expect(healthOf([of('a', 0, 0, [])], at)).toMatchObject({ state: 'no_requests' })
})

test('latencies in buckets of different shapes are not added', () => {
  const other = { revision: 'b', requests: 1, errors: 0, latency: { boundsMs: [50, Infinity], counts: [1, 0] } }
  expect(healthOf([of('a', 10, 0, [10, 0, 0]), other], at)).toMatchObject({ requests: 11, p95Ms: null })
})

test('what is not measured, and what cannot be, say so, in the shape that is stored', () => {
  expect(Health.parse(notMeasured(at.asOfMs))).toMatchObject({ state: 'not_measured', until: null, error: null })
  expect(Health.parse(cannotMeasure(at.asOfMs, 'no permission'))).toMatchObject({ state: 'cannot_measure', error: 'no permission' })
  expect(() => Health.parse(healthOf([of('a', 1, 0, [1, 0, 0])], at))).not.toThrow()
})
