import { expect, test } from 'vitest'
import { rateInterval } from '#lib/analysis/interval.ts'
import { everyStop } from '#lib/analysis/testing/enumeration.ts'

test('it covers the true rate at all looks at once with 95%, exactly counted', () => {
  for (const rate of [0.02, 0.3]) {
    const misses = (events: number, others: number) => {
      const { low, high } = rateInterval({ events, requests: events + others })
      return rate < low || rate > high
    }
    expect(everyStop(misses, rate, 300)).toBeLessThan(0.05)
  }
})

test('it holds the rate seen, narrows with more requests, and without any says nothing', () => {
  expect(rateInterval({ events: 0, requests: 0 })).toEqual({ low: 0, high: 1 })
  const few = rateInterval({ events: 5, requests: 950 })
  const many = rateInterval({ events: 500, requests: 95_000 })
  expect(few.low).toBeLessThan(5 / 950)
  expect(few.high).toBeGreaterThan(5 / 950)
  expect(few.high - few.low).toBeGreaterThan(5 * (many.high - many.low))
  const wider = rateInterval({ events: 5, requests: 950, alpha: 0.01 })
  expect(wider.low).toBeLessThan(few.low)
  expect(wider.high).toBeGreaterThan(few.high)
})

test('the ends: none and all failed', () => {
  expect(rateInterval({ events: 0, requests: 100 }).low).toBe(0)
  expect(rateInterval({ events: 0, requests: 100 }).high).toBeLessThan(0.1)
  expect(rateInterval({ events: 100, requests: 100 }).high).toBe(1)
  expect(rateInterval({ events: 100, requests: 100 }).low).toBeGreaterThan(0.9)
})
