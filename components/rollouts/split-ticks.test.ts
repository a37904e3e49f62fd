import { expect, test } from 'vitest'
import { splitTicks } from '#components/rollouts/split-ticks.ts'

const sides = (now: number, toCome: number[]) => Object.fromEntries(splitTicks(now, toCome).map((t) => [t.text, t.side]))

test('labels stand right of their marks, at the right end left of them', () => {
  expect(sides(10, [50, 100])).toEqual({ '10% now': 'left', 'then 50%': 'right', 'then 100%': 'right' })
})

test('a label that another one would cover goes to the other side', () => {
  expect(sides(40, [50, 100])).toEqual({ '40% now': 'right', 'then 50%': 'left', 'then 100%': 'right' })
})

test('without room on either side only the mark stays', () => {
  expect(sides(10, [20, 30])).toEqual({ '10% now': 'left', 'then 20%': 'none', 'then 30%': 'left' })
})

test('without traffic nothing stands for now', () => {
  expect(sides(0, [10])).toEqual({ 'then 10%': 'left' })
})
