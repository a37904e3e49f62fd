import { expect, test } from 'vitest'
import { coldWindow, noSampleText, windowFor } from '#lib/engine/window.ts'

const s = 1_000
const minutes = { samplePeriodMs: 60 * s, ingestDelayMs: 180 * s }
const seconds = { samplePeriodMs: s, ingestDelayMs: 0 }
const spanOf = (w: ReturnType<typeof windowFor>) => w && [w.fromMs / s, w.toMs / s]

test('a window holds whole samples since traffic moved, up to what the source shows', () => {
  expect(spanOf(windowFor({ overMs: Infinity }, 70 * s, 400 * s, minutes))).toEqual([120, 180])
  expect(spanOf(windowFor({ overMs: 60 * s }, 70 * s, 600 * s, minutes))).toEqual([360, 420])
  expect(windowFor({ overMs: Infinity }, 70 * s, 350 * s, minutes)).toBeNull()
})

test('those of a warm-up end where the first begins that counts: nothing twice, and nothing between', () => {
  for (const [movedMs, warmUpMs, t] of [[70 * s, 90 * s, minutes], [500, 30 * s, seconds], [0, 60 * s, minutes]] as const) {
    const nowMs = movedMs + warmUpMs + 600 * s
    const [cold, warm] = [coldWindow(movedMs, movedMs + warmUpMs, nowMs, t), windowFor({ overMs: Infinity }, movedMs + warmUpMs, nowMs, t)]
    expect([cold?.fromMs, cold?.toMs]).toEqual([Math.ceil(movedMs / t.samplePeriodMs) * t.samplePeriodMs, warm?.fromMs])
  }
  expect(spanOf(coldWindow(500, 30_500, 10 * s, seconds))).toEqual([1, 10])
})

test('a warm-up without a whole sample, and none at all, have none', () => {
  expect(coldWindow(10 * s, 40 * s, 900 * s, minutes)).toBeNull()
  expect(coldWindow(10 * s, 10 * s, 900 * s, minutes)).toBeNull()
})

test('why nothing counts yet: a clock that was set back is no warm-up', () => {
  expect(noSampleText(minutes, { warmUpMs: 60 * s }, 100 * s, 50_500)).toBe('warms up for another 50 s: until then no request counts')
  for (const [analysis, sinceMs] of [[{ warmUpMs: 60 * s }, 40 * s], [{}, 100 * s]] as const) expect(noSampleText(minutes, analysis, sinceMs, 50 * s)).toBe('no sample yet: the source shows requests about 240 s late')
})
