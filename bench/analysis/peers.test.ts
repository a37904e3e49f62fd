import { describe, expect, test } from 'vitest'
import { isHigh, kayentaHourly, standardisedRankSum } from '#bench/analysis/peers/kayenta.ts'
import { bandConstant, bandWidth } from '#bench/analysis/peers/latency-values.ts'
import { lindonMalek, lindonMalekOneSided, logBayesFactor } from '#bench/analysis/peers/lindon-malek.ts'
import { logMixtureRatio, msprt } from '#bench/analysis/peers/msprt.ts'
import { oracle } from '#bench/analysis/peers/oracle.ts'
import { argo, flagger } from '#bench/analysis/peers/thresholds.ts'
import { boundaries, pocock, pooledZ } from '#bench/analysis/peers/z-tests.ts'
import { generator, normals } from '#bench/analysis/random.ts'
import type { Rule, Totals } from '#bench/analysis/rule.ts'

const totals = (candidateRequests: number, candidateErrors: number, stableRequests: number, stableErrors: number): Totals => ({
  candidate: { requests: candidateRequests, errors: candidateErrors },
  stable: { requests: stableRequests, errors: stableErrors },
})

/** The outcome of each look when the same counts come again and again. */
function looks(rule: Rule, each: Totals, count: number): string[] {
  const look = rule.start()
  return Array.from({ length: count }, (_, i) => look(totals(...([each.candidate.requests, each.candidate.errors, each.stable.requests, each.stable.errors].map((n) => n * (i + 1)) as [number, number, number, number]))))
}

describe('Kayenta', () => {
  const stable = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15].map((x) => 10 + x / 7)

  test('identical data pass', () => expect(isHigh(stable, stable)).toBe(false))
  test('data that are all one value pass', () => expect(isHigh([1, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1])).toBe(false))
  test('tripled data are High', () => expect(isHigh(stable.map((x) => 3 * x), stable)).toBe(true))
  test('a third of the data is not High', () => expect(isHigh(stable.map((x) => x / 3), stable)).toBe(false))
  test('no point of an arm is no verdict', () => expect(isHigh([], stable)).toBe(false))

  // R: wilcox.test(c(1.1, 2.2, 3.3, 4.4), c(0.5, 1.5, 2.5), exact = FALSE): W = 9, z = (9 − 6 − 0.5) / √8.
  test('the rank sum is R’s', () => expect(standardisedRankSum([1.1, 2.2, 3.3, 4.4], [0.5, 1.5, 2.5], 0)).toBeCloseTo(2.5 / Math.sqrt(8), 10))
  // Ranks 3.5, 3.5, 6 of six values, four of them the same: W = 7 for 4.5 expected; the ties take 60 / 30 off the 7 of its spread.
  test('ties shrink its spread', () => expect(standardisedRankSum([2, 2, 3], [1, 2, 2], 0)).toBeCloseTo(2 / Math.sqrt(3.75), 10))

  test('hourly, it sees a five-fold candidate at the first hour and an equal one never', () => {
    const random = generator(1, 'kayenta')
    const noise = () => 1 + 0.2 * (random() - 0.5)
    const end = (factor: number) => {
      const look = kayentaHourly().start()
      const seen = totals(0, 0, 0, 0)
      for (let minute = 1; minute <= 180; minute++) {
        seen.candidate.requests += 600
        seen.candidate.errors += 6 * factor * noise()
        seen.stable.requests += 5400
        seen.stable.errors += 54 * noise()
        const outcome = look(seen)
        if (outcome !== 'watch') return { minute, outcome }
      }
      return null
    }
    expect(end(5)).toEqual({ minute: 60, outcome: 'rollback' })
    expect(end(1)).toEqual({ minute: 180, outcome: 'over' })
  })
})

describe('mSPRT', () => {
  test('is 1 before anything was seen', () => expect(logMixtureRatio(Number.NaN, Number.NaN, 0.01)).toBe(0))
  test('follows the formula with n pairs of variance V', () => {
    const [n, v, tau, difference] = [400, 0.02, 0.01, 0.03]
    const published = Math.sqrt(v / (v + n * tau ** 2)) * Math.exp((n ** 2 * tau ** 2 * difference ** 2) / (2 * v * (v + n * tau ** 2)))
    expect(Math.exp(logMixtureRatio(difference, v / n, tau))).toBeCloseTo(published, 9)
  })
  test('waits without an error and stops at a large difference', () => {
    expect(looks(msprt(0.01, 0.05), totals(10, 0, 90, 0), 100).at(-1)).toBe('watch')
    expect(looks(msprt(0.01, 0.05), totals(10, 1, 90, 1), 100).at(-1)).toBe('rollback')
  })
})

describe('Lindon–Malek', () => {
  test('starts at 1', () => expect(logBayesFactor(100, 0.1)(0, 0)).toBe(0))
  // B(11, 90) / B(10, 90) = 10 / 100, over the share of 0.1.
  test('one error of the candidate says nothing at first', () => expect(logBayesFactor(100, 0.1)(1, 0)).toBeCloseTo(0, 12))
  // (10·11) / (100·101) / 0.01
  test('two do', () => expect(Math.exp(logBayesFactor(100, 0.1)(2, 0))).toBeCloseTo(110 / 101, 12))
  test('its expectation over the next error is itself', () => {
    const factor = logBayesFactor(100, 0.1)
    expect(0.1 * Math.exp(factor(8, 40)) + 0.9 * Math.exp(factor(7, 41))).toBeCloseTo(Math.exp(factor(7, 40)), 12)
  })
  test('two-sided it stops for a better candidate, one-sided it does not', () => {
    const better = totals(500, 0, 4500, 150)
    expect(looks(lindonMalek(0.1, 0.05), better, 1)).toEqual(['rollback'])
    expect(looks(lindonMalekOneSided(0.1, 0.05), better, 1)).toEqual(['watch'])
  })
})

describe('the others', () => {
  test('the oracle adds up likelihood ratios against the mixture', () => {
    const rates = { stable: 0.01, candidate: 0.02 }
    const perError = Math.log(0.02 / 0.011)
    const enough = Math.ceil(Math.log(20) / perError)
    const look = oracle(rates, 0.1, 0.05).start()
    expect(look(totals(enough - 1, enough - 1, 0, 0))).toBe('watch')
    expect(look(totals(enough, enough, 0, 0))).toBe('rollback')
  })

  // (0.03 − 0.01) / √(0.02·0.98·2/1000)
  test('pooled z', () => expect(pooledZ(totals(1000, 30, 1000, 10))).toBeCloseTo(0.02 / Math.sqrt((0.02 * 0.98 * 2) / 1000), 10))

  test('the boundaries are those of Jennison & Turnbull’s tables', () => {
    const five = boundaries({ looks: 5, alpha: 0.05, sided: 2, paths: 100_000 }, generator(1, 'five'))
    expect(five.pocock).toBeCloseTo(2.413, 1)
    expect(five.obrienFleming).toBeCloseTo(2.04, 1)
  })

  test('with 60 one-sided looks they are those of the corrected Brownian path', () => {
    const sixty = boundaries({ looks: 60, alpha: 0.05, sided: 1, paths: 40_000 }, generator(1, 'sixty'))
    // Φ⁻¹(0.975) for a look at every moment, less 0.583/√60 for looks apart (Siegmund, 1985).
    expect(Math.abs(sixty.obrienFleming - (1.96 - 0.583 / Math.sqrt(60)))).toBeLessThan(0.03)
    expect(sixty.pocock).toBeGreaterThan(2.4)
    expect(sixty.pocock).toBeLessThan(2.8)
  })

  test('a group-sequential test ends with its last look', () => {
    const outcomes = looks(pocock({ looks: 60, pocock: 2.6, obrienFleming: 1.9 }), totals(600, 6, 5400, 54), 60)
    expect(outcomes.slice(-2)).toEqual(['watch', 'over'])
  })

  test('Flagger rolls back at the fifth failed check and promotes after ten passed ones', () => {
    expect(looks(flagger(), totals(100, 2, 0, 0), 5)).toEqual(['watch', 'watch', 'watch', 'watch', 'rollback'])
    expect(looks(flagger(), totals(100, 1, 0, 0), 10).at(-1)).toBe('over')
  })

  test('Argo fails at the fourth failed measurement', () => {
    expect(looks(argo(), totals(100, 6, 0, 0), 4)).toEqual(['watch', 'watch', 'watch', 'rollback'])
    expect(looks(argo(), totals(100, 5, 0, 0), 20).at(-1)).toBe('watch')
  })

  test('the constant of the Howard–Ramdas band', () => {
    const constant = bandConstant(0.025)
    expect(constant).toBeCloseTo(8.62, 2)
    expect(bandWidth(constant, 1)).toBeCloseTo(0.85 * Math.sqrt(constant), 10)
    expect(bandWidth(constant, 0)).toBe(Infinity)
  })

  test('the generator is the same for the same labels only', () => {
    expect(generator(1, 'a')()).toBe(generator(1, 'a')())
    expect(generator(1, 'a')()).not.toBe(generator(2, 'a')())
    const normal = normals(generator(1, 'normal'))
    const drawn = Array.from({ length: 20_000 }, normal)
    expect(drawn.reduce((a, b) => a + b, 0) / drawn.length).toBeCloseTo(0, 1)
    expect(drawn.reduce((sum, x) => sum + x * x, 0) / drawn.length).toBeCloseTo(1, 1)
  })
})
