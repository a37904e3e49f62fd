import { describe, expect, test } from 'vitest'
import { parseFilter, type Labels } from '#emulator/monitoring/filter.ts'
import { countLoad } from '#emulator/monitoring/load.ts'
import { drawBinomial, drawMultinomial, drawsFrom } from '#emulator/monitoring/random.ts'
import type { LoadPart } from '#emulator/state/types.ts'

const part = (change: Partial<LoadPart> = {}): LoadPart => ({ revision: 'r', percent: 10, errorPercent: 0, slowPercent: 0, leakFromMs: null, ...change })
const start = 1_800_000_000

describe('draws', () => {
  test.each([0, 1e-300, 1e-17, 1e-9, 0.01, 0.5, 0.99, 1, 1.0000001])('a binomial at p = %d ends, within 0 and n', p => {
    const draw = drawsFrom(1)
    for (let i = 0; i < 200; i++) {
      const found = drawBinomial(draw, 1000, p)
      expect(found).toBeGreaterThanOrEqual(0)
      expect(found).toBeLessThanOrEqual(1000)
    }
  })

  test.each([[20, 0.1], [5000, 0.05], [100_000, 0.3]])('a binomial of %d at %d has its mean and spread', (n, p) => {
    const draw = drawsFrom(2)
    const values = Array.from({ length: 2000 }, () => drawBinomial(draw, n, p))
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length)
    const sd = Math.sqrt(n * p * (1 - p))
    expect(Math.abs(mean - n * p)).toBeLessThan((5 * sd) / Math.sqrt(2000))
    expect(spread / sd).toBeCloseTo(1, 0)
  })

  test('a multinomial gives out every item', () => {
    const counts = drawMultinomial(drawsFrom(3), 1000, [0.2, 0, 0.5, 0.3])
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000)
    expect(counts[1]).toBe(0)
  })
})

describe('background load', () => {
  test('seconds add up to their minutes and hours, errors and latency too', () => {
    const candidate = part({ errorPercent: 7, slowPercent: 40 })
    const whole = countLoad('s', 100, candidate, start + 17, start + 3617, true)
    const parts = Array.from({ length: 3600 }, (_, i) => countLoad('s', 100, candidate, start + 17 + i, start + 18 + i, true))
    const sum = (pick: (one: typeof whole) => number) => parts.reduce((all, one) => all + pick(one), 0)
    expect([sum(one => one.ok), sum(one => one.failed)]).toEqual([whole.ok, whole.failed])
    expect(whole.okLatency.map((_, i) => sum(one => one.okLatency[i] ?? 0))).toEqual(whole.okLatency)
    expect(whole.ok + whole.failed).toBe(36_000)
    expect(whole.okLatency.reduce((all, count) => all + count, 0)).toBe(whole.ok)
  })

  test('errors are drawn, not a fixed share: minutes differ as a binomial does', () => {
    const failed = Array.from({ length: 500 }, (_, i) => countLoad('s', 100, part({ errorPercent: 5 }), start + i * 60, start + i * 60 + 60, false).failed)
    const mean = failed.reduce((all, count) => all + count, 0) / failed.length
    const variance = failed.reduce((all, count) => all + (count - mean) ** 2, 0) / failed.length
    expect(Math.abs(mean - 30)).toBeLessThan(1.5)
    expect(variance / (600 * 0.05 * 0.95)).toBeGreaterThan(0.7)
    expect(variance / (600 * 0.05 * 0.95)).toBeLessThan(1.4)
  })

  test.each([
    ['errors of a tenth of the traffic', 100, part({ errorPercent: 5 })],
    ['errors of few requests', 2, part({ percent: 50, errorPercent: 10 })],
    ['errors of many requests', 250, part({ percent: 90, errorPercent: 1 })],
  ])('%s come at any time of their minute, one apart from the other', (_, rate, some) => {
    const [seconds, minutes] = [6, 400]
    const perSlice = (rate * some.percent) / 100 * seconds
    const slices = Array.from({ length: minutes * 10 }, (_unused, i) => countLoad('s', rate, some, start + i * seconds, start + (i + 1) * seconds, false).failed)
    const byMinute = Array.from({ length: minutes }, (_unused, i) => slices.slice(i * 10, i * 10 + 10))
    // Given the minute's sum the slices are multivariate hypergeometric: this is their variance.
    const expected = byMinute.reduce((sum, ten) => {
      const failed = ten.reduce((a, b) => a + b, 0)
      const n = 10 * perSlice
      return sum + (10 * perSlice * (failed / n) * (1 - failed / n) * (n - perSlice)) / (n - 1)
    }, 0)
    const found = byMinute.reduce((sum, ten) => sum + ten.reduce((a, x) => a + (x - ten.reduce((p, q) => p + q, 0) / 10) ** 2, 0), 0)
    expect(found / expected).toBeGreaterThan(0.9)
    expect(found / expected).toBeLessThan(1.1)
    // What follows on a slice full of errors is a slice like any other.
    const pairs = byMinute.flatMap((ten) => ten.slice(1).map((x, i) => [(ten[i] ?? 0) - ten.reduce((p, q) => p + q, 0) / 10, x - ten.reduce((p, q) => p + q, 0) / 10] as const))
    const correlation = pairs.reduce((sum, [a, b]) => sum + a * b, 0) / (found * 0.9)
    expect(Math.abs(correlation + 1 / 9)).toBeLessThan(0.06)
  })

  test('counts and latency histograms speak of the same requests', () => {
    const candidate = part({ errorPercent: 5 })
    const counted = countLoad('s', 100, candidate, start, start + 600, false)
    const measured = countLoad('s', 100, candidate, start, start + 600, true)
    expect([measured.ok, measured.failed]).toEqual([counted.ok, counted.failed])
  })

  test('a share of nothing, or nothing to share, is nothing', () => {
    expect(countLoad('s', 0, part(), start, start + 60, false)).toMatchObject({ ok: 0, failed: 0 })
    expect(countLoad('s', 100, part({ percent: 0 }), start, start + 60, false)).toMatchObject({ ok: 0, failed: 0 })
  })
})

describe('filters', () => {
  const labels: Labels = { metricType: 'm', metric: { response_code: '500' }, resourceType: 'cloud_run_revision', resource: { service_name: 'api', revision_name: 'api-1' }, project: 'p' }
  test.each([
    ['metric.type="m"', true],
    ['metric.type="m" AND resource.labels.service_name="api"', true],
    ['metric.type="m" resource.label.service_name="web"', false],
    ['metric.type="m" AND (resource.labels.service_name="web" OR resource.labels.service_name="api")', true],
    ['metric.type = "m" AND NOT resource.labels.service_name = "api"', false],
    ['metric.type="m" AND resource.labels.service_name!="web" AND metric.labels.response_code>=500', true],
    ['metric.type="m" AND resource.labels.revision_name=starts_with("api-")', true],
    ['metric.type="m" AND resource.labels.revision_name=one_of("x", "api-1")', true],
    ['metric.type="m" AND resource.type="cloud_run_revision" AND project="p"', true],
    ['metric.type="m" AND resource.labels.revision_name=monitoring.regex.full_match("api-[0-9]")', true],
  ])('%s → %s', (source, matches) => {
    expect(parseFilter(source).matches(labels)).toBe(matches)
  })
  test.each(['', 'metric.type="m" AND', 'metric.type="m" AND (resource.type="x"', 'metric.type="m" AND nope="x"', 'metric.type="m" AND resource.labels.x=("a" OR "b")', 'metric.type="a" OR metric.type="b"', 'resource.type="x"', 'metric.type="m" §', 'metric.type="m" AND resource.labels.x=monitoring.regex.full_match("(")'])('%s is refused', source => {
    expect(() => parseFilter(source)).toThrow(/filter/)
  })
})
