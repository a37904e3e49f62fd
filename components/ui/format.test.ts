import { expect, test } from 'vitest'
import { ageText, clockText, durationText, rateText, relativeText, sentence } from '#components/ui/format.ts'

const min = 60_000
const hour = 60 * min
const day = 24 * hour

test.each([
  [0, '0 s'],
  [44_000, '44 s'],
  [77_000, '1 min 17 s'],
  [12 * min + 30_000, '12 min'],
  [3 * hour + 12 * min, '3 h 12 min'],
  [4 * hour, '4 h'],
  [2 * day + 20 * hour, '2 d 20 h'],
  [21 * day + 5 * hour, '21 d'],
])('%i ms are "%s"', (ms, text) => {
  expect(durationText(ms)).toBe(text)
})

test.each([
  [-500, 'now'],
  [-44_000, '44 s ago'],
  [-90_000, '1 min ago'],
  [12 * min, 'in 12 min'],
])('%i ms from now is "%s"', (diff, text) => {
  const now = Date.UTC(2026, 10, 19, 14, 32)
  expect(relativeText(now + diff, now)).toBe(text)
})

test('a time of today shows its clock, one of another day its date, one of another year its year', () => {
  const now = Date.UTC(2026, 10, 19, 14, 32)
  expect(clockText(Date.UTC(2026, 10, 19, 14, 8, 40), now, 'UTC')).toBe('14:08:40')
  expect(clockText(Date.UTC(2026, 10, 17, 9, 5, 1), now, 'UTC')).toBe('17 Nov 09:05')
  expect(clockText(Date.UTC(2026, 10, 17, 9, 5, 1), now, 'UTC', 'always')).toBe('17 Nov 09:05:01')
  expect(clockText(Date.UTC(2025, 10, 17, 9, 5, 1), now, 'UTC')).toBe('17 Nov 2025')
})

test('a small rate keeps two digits, so that it is never rounded to nothing', () => {
  expect([0, 0.0053, 0.061, 0.25].map(rateText)).toEqual(['0%', '0.53%', '6.10%', '25.0%'])
})

test('a sentence gets one full stop', () => {
  expect([sentence('Held at 10%'), sentence('Held.')]).toEqual(['Held at 10%.', 'Held.'])
})

test.each([
  [10_000, 'now'],
  [59 * min, '59 min'],
  [23 * hour + 59 * min, '23 h'],
  [2 * day + 20 * hour, '2 d'],
])('%i ms old is "%s", in one unit', (ms, text) => {
  expect(ageText(1_000_000_000_000 - ms, 1_000_000_000_000)).toBe(text)
})
