import { expect, test } from 'vitest'
import { unrecordedMs } from '#lib/backtest/unrecorded.ts'
import type { RecordedLook } from '#lib/engine/compare/schema.ts'

const s = 1_000
const nobody = { requests: 0, errors: 0, latency: [] }
const look = (from: number, to: number, isCold = false): RecordedLook => ({ fromMs: from * s, toMs: to * s, share: 0.1, candidate: nobody, stable: nobody, isCold })
const cold = (...bounds: number[]): RecordedLook[] => bounds.slice(1).map((to, i) => look(bounds[i] ?? 0, to, true))
const warm = (...bounds: number[]): RecordedLook[] => bounds.slice(1).map((to, i) => look(bounds[i] ?? 0, to))
const minute = 60 * s
const lackOf = (looks: readonly RecordedLook[], movedMs: readonly number[], ownMs: number, triedMs: number, sampleMs = s) => unrecordedMs(looks, movedMs, { ownMs, triedMs, sampleMs })

test('a warm-up that was recorded lacks nothing, whatever shorter one is tried', () => {
  const whole = [...cold(0, 1, 11, 21, 31, 41, 51, 60), ...warm(60, 61, 70)]
  expect([0, 5, 15, 59, 60, 90].map((tried) => lackOf(whole, [0], minute, tried * s))).toEqual([0, 0, 0, 0, 0, 0])
})

test('one that was not lacks what the tried rules would have looked at, of each move', () => {
  const none = [...warm(60, 61, 70), ...warm(160, 161, 170)]
  expect(lackOf(none, [0], minute, 0)).toBe(minute)
  expect(lackOf(none, [0, 100 * s], minute, 20 * s)).toBe(80 * s)
  expect(lackOf([...cold(0, 10, 60), ...none], [0, 100 * s], minute, 0)).toBe(minute)
  // The worker came late to the second half.
  expect(lackOf([...cold(30, 40, 60), ...none], [0], minute, 0)).toBe(30 * s)
})

test('a move after which nothing was seen lacks nothing: traffic moved on, or it was over', () => {
  expect(lackOf([...cold(0, 10, 60), ...warm(60, 70)], [0, 80 * s], minute, 0)).toBe(0)
  expect(lackOf([], [0], minute, 0)).toBe(0)
  // Taken back in its warm-up: it is known to where it was looked at.
  expect(lackOf(cold(0, 10, 20), [0], minute, 0)).toBe(0)
})

test('the grid of the source is no lack: a warm-up may hold no whole sample', () => {
  expect(lackOf(warm(60, 120, 180), [10 * s], 30 * s, 0, minute)).toBe(0)
  expect(lackOf([...cold(60, 120), ...warm(120, 180)], [10 * s], 90 * s, 0, minute)).toBe(0)
  // The look in which the tried warm-up ends.
  expect(lackOf([...cold(60, 120, 180, 240), ...warm(240, 300)], [10 * s], 200 * s, 90 * s, minute)).toBe(0)
})

test('a silence that one look ends is a lack, however long that look is', () => {
  expect(lackOf(warm(60, 660), [0], minute, 0)).toBe(minute)
})

test('what is cold after it had been warm, by a move that the runs tell no more, adds nothing', () => {
  expect(lackOf([...cold(0, 30, 60), ...warm(60, 300, 600), ...cold(700, 730, 760), ...warm(760, 1000)], [0], minute, 0)).toBe(0)
})

test('one long look over the end of the tried warm-up tells nothing apart', () => {
  expect(lackOf([look(0, 600, true), ...warm(600, 601, 610)], [0], 600 * s, 60 * s)).toBe(540 * s)
  expect(lackOf([look(0, 600, true), ...warm(600, 601, 610)], [0], 600 * s, 0)).toBe(0)
})
