import { expect, test } from 'vitest'
import { splitAlpha } from '#lib/analysis/alpha.ts'

test('named parts stay, the rest is shared equally', () => {
  expect(splitAlpha(0.05, [undefined, undefined])).toEqual([0.025, 0.025])
  const parts = splitAlpha(0.05, [0.01, undefined, undefined])
  expect(parts[0]).toBe(0.01)
  expect(parts[1]).toBeCloseTo(0.02, 12)
  expect(splitAlpha(0.05, [])).toEqual([])
  expect(splitAlpha(0.05, [0.01])).toEqual([0.01])
})

test('no more is given away than there is', () => {
  expect(() => splitAlpha(0.05, [0.04, 0.02])).toThrow('add up to 0.06, more than the 0.05')
  expect(() => splitAlpha(0.05, [0.05, undefined])).toThrow(/nothing is left for the 1/)
  expect(() => splitAlpha(0.05, Array.from({ length: 10 }, () => 0.005))).not.toThrow()
})
