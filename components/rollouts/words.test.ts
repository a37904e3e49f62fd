import { expect, test } from 'vitest'
import { sameSplit, splitParts, splitText } from '#components/rollouts/split-parts.ts'
import { stepText, weightAt } from '#components/rollouts/step-text.ts'
import type { StepPlan } from '#lib/rollouts/schema.ts'

test('stable stands left, the candidate right, strangers between them', () => {
  const parts = splitParts({ 'api-00042-qib': 10, 'api-00041-nuc': 80, 'api-00040-old': 10 }, 'api-00041-nuc', 'api-00042-qib')
  expect(parts.map((p) => p.arm)).toEqual(['st', 'ot', 'ca'])
  expect(splitText(parts)).toBe('80 / 10 / 10')
})

test('a revision without traffic keeps its place at 0', () => {
  expect(splitText(splitParts({ stable: 100 }, 'stable', 'candidate'))).toBe('100 / 0')
})

test('splits are the same when each revision has the same, named or not', () => {
  expect(sameSplit({ a: 100, b: 0 }, { a: 100 })).toBe(true)
  expect(sameSplit({ a: 90, b: 10 }, { a: 100 })).toBe(false)
})

const steps: StepPlan[] = [
  { kind: 'deploy', tag: 'blue' },
  { kind: 'setWeight', percent: 10 },
  { kind: 'bake', durationMs: 600_000, early: false },
]

test('a step says what it does, with the percent of its time', () => {
  expect(steps.map((_, i) => stepText(steps, i, 'api-00042-qib'))).toEqual(['Deploy 00042-qib at 0%, tag blue', 'Send 10%', 'Bake 10 min at 10%'])
  expect([0, 1, 2].map((i) => weightAt(steps, i))).toEqual([0, 10, 10])
})
