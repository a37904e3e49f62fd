import { expect, test } from 'vitest'
import { armsOf } from '#lib/metrics/arms.ts'

const answered = (requests: number) => ({ requests, errors: 0, errorRate: 0, p50Ms: null, p95Ms: null })
const revision = (name: string, ...requests: (number | null)[]) => ({ revision: name, buckets: requests.map((n) => (n === null ? null : answered(n))) })

test('a revision is candidate while a rollout brings it and stable after', () => {
  const both = [revision('old', 100, 90, 10, null), revision('new', null, 10, 90, 100)]
  expect(armsOf(both, [{ stable: 'old', candidate: 'new', fromMs: 10, toMs: 30 }], 0, 10)).toEqual([['stable', 'stable', 'stable', 'other'], ['other', 'candidate', 'candidate', 'stable']])
})

test('the rest of a rollout that is still open is its', () => {
  expect(armsOf([revision('old', 50), revision('new', 50)], [{ stable: 'old', candidate: 'new', fromMs: 0, toMs: null }], 100, 10)).toEqual([['stable'], ['candidate']])
})

test('what answers beside stable without a rollout is neither', () => {
  expect(armsOf([revision('a', 20), revision('b', 80)], [], 0, 10)).toEqual([['other'], ['stable']])
})

test('a candidate alone leaves nothing for stable', () => {
  expect(armsOf([revision('new', 100)], [{ stable: 'old', candidate: 'new', fromMs: 0, toMs: null }], 0, 10)).toEqual([['candidate']])
  expect(armsOf([], [], 0, 10)).toEqual([])
})
