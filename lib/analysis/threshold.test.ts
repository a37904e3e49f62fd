import { expect, test } from 'vitest'
import { forecastMs } from '#lib/analysis/threshold.ts'

const minuteMs = 60_000

test.each([
  ['as many as come in the same time again', 100, 200, 10, undefined, 10 * minuteMs],
  ['a third of the time for half as many more', 40, 60, 10, undefined, 5 * minuteMs],
  ['nothing once there are enough', 50, 50, 5, 5, 0],
  ['nobody knows before the first request', 0, 50, 5, 5, null],
  ['never, where the window is full and holds too few', 15, 50, 5, 5, Infinity],
  ['nobody knows while the window fills', 3, 50, 1, 5, Math.ceil((47 / 3) * minuteMs)],
  ['a little more traffic would do', 45, 50, 5, 5, Math.ceil((5 / 45) * 5 * minuteMs)],
  ['the rest of the window where it will hold them', 20, 50, 1, 5, 1.5 * minuteMs],
] as const)('%s', (_, requests, minRequests, windowMinutes, overMinutes, expected) => {
  expect(forecastMs(requests, minRequests, windowMinutes * minuteMs, overMinutes === undefined ? undefined : overMinutes * minuteMs)).toBe(expected)
})
