import { describe, expect, test } from 'vitest'
import { eventTest } from '#lib/analysis/events.ts'
import { forecastByShare, forecastFail, forecastSentence } from '#lib/analysis/forecast.ts'

const stable = { requests: 9000, events: 90 }

describe('requests until a candidate twice as bad would fail', () => {
  test('at the start it is the limit times what the test needs above it', () => {
    const forecast = forecastFail({ share: 0.1, alpha: 0.05, logEvidence: 0, stable })
    expect(forecast?.requests).toBeGreaterThan(1.2 * 8748)
    expect(forecast?.requests).toBeLessThan(1.5 * 8748)
    expect(forecast?.atLeast).toBe(false)
  })

  test('it falls as evidence grows, to nothing when the test decides', () => {
    const by = eventTest({ share: 0.1 })
    const left = [0, 1, 2, 3].map((c) => forecastFail({ share: 0.1, alpha: 0.05, logEvidence: by.logEvidence(by.step(by.start, c, 0)), stable })?.requests ?? -1)
    expect(left).toEqual(left.toSorted((a, b) => b - a))
    expect(new Set(left).size).toBe(4)
    expect(forecastFail({ share: 0.1, alpha: 0.05, logEvidence: 3, stable })?.requests).toBe(0)
  })

  test('a smaller alpha, a smaller share, a smaller difference, a tolerance: more', () => {
    const of = (change: object) => forecastFail({ share: 0.1, alpha: 0.05, logEvidence: 0, stable, ...change })?.requests ?? 0
    const usual = of({})
    for (const change of [{ alpha: 0.01 }, { share: 0.02 }, { ratio: 1.5 }, { tolerance: 0.3 }]) expect(of(change)).toBeGreaterThan(usual)
    expect(forecastFail({ share: 0.1, alpha: 0.05, logEvidence: 0, stable, tolerance: 1 })).toBeNull()
  })

  test('a stable without errors gives a bound, one without requests nothing', () => {
    const clean = forecastFail({ share: 0.1, alpha: 0.05, logEvidence: 0, stable: { requests: 126, events: 0 } })
    expect(clean?.atLeast).toBe(true)
    expect(clean?.requests).toBeGreaterThan(100)
    expect(forecastFail({ share: 0.1, alpha: 0.05, logEvidence: 0, stable: { requests: 0, events: 0 } })).toBeNull()
    // All of stable fails: a candidate cannot be worse.
    expect(forecastFail({ share: 0.1, alpha: 0.05, logEvidence: 0, stable: { requests: 10, events: 10 } })).toBeNull()
  })
})

test('as time per share, and as a sentence', () => {
  const by = forecastByShare({ shares: [0.1, 0.25], alpha: 0.05, logEvidence: 0, stable, requestsPerSecond: 5 })
  expect(by.map((at) => at.share)).toEqual([0.1, 0.25])
  expect(by[1]?.seconds).toBeLessThan(by[0]?.seconds ?? 0)
  expect(forecastSentence([{ share: 0.1, requests: 420, seconds: 2280 }, { share: 0.25, requests: 200, seconds: 900 }])).toBe('about 420 more requests, 38 min at 10%, 15 min at 25%')
  expect(forecastSentence([{ share: 0.05, requests: 12_000, seconds: 100_000 }], { atLeast: true, of: ' of both arms' })).toBe('at least 12,000 more requests of both arms, 27.8 h at 5%')
  expect(forecastSentence([])).toBe('')
  expect(forecastByShare({ shares: [0.1], alpha: 0.05, logEvidence: 0, stable, requestsPerSecond: 0 })).toEqual([])
})
