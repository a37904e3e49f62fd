import { expect, test } from 'vitest'
import { bakesOf, isJudgedAt } from '#lib/rollouts/bakes.ts'
import type { Analysis, Rule, StepPlan } from '#lib/rollouts/schema.ts'

const against: Rule = { name: 'against stable', kind: 'compare', mode: 'rollback', metric: 'error_rate', tolerance: 0, alpha: null, minRequests: 200 }
const limit: Rule = { name: 'limit', kind: 'threshold', mode: 'ask', metric: 'error_rate', max: 0.02, overMs: 60_000, minRequests: 50 }
const analysis = (warmUpMs: number | undefined, ...rules: Rule[]): Analysis => ({ notEnoughData: { afterMs: 0, then: 'ask' }, cannotMeasure: { afterMs: 0, then: 'ask' }, warmUpMs, rules })
const steps: StepPlan[] = [{ kind: 'deploy', tag: null }, { kind: 'bake', durationMs: 1_000, early: true }, { kind: 'setWeight', percent: 10 }, { kind: 'bake', durationMs: 20_000, early: true }, { kind: 'setWeight', percent: 100 }, { kind: 'bake', durationMs: 90_000, early: false }]
const times = (plan: Partial<Parameters<typeof bakesOf>[0]>) => bakesOf({ steps, analysis: analysis(60_000, against), metrics: {}, ...plan }).map((b) => [b.index, b.percent, b.plannedMs, b.leastMs])

test('a bake that waits for a rule takes its warm-up at least; one that may end early no more', () => {
  expect(times({})).toEqual([[1, 0, 1_000, 1_000], [3, 10, 60_000, 60_000], [5, 100, 90_000, 90_000]])
  expect(times({ analysis: analysis(120_000, against) }).at(-1)).toEqual([5, 100, 90_000, 90_000])
  expect(times({ analysis: analysis(120_000, against, limit) }).at(-1)).toEqual([5, 100, 120_000, 120_000])
  expect(times({ analysis: analysis(undefined, against) })[1]).toEqual([3, 10, 20_000, 0])
})

test('without metrics, or with rules that only watch, a bake is time alone', () => {
  expect(times({ metrics: null })[1]).toEqual([3, 10, 20_000, 20_000])
  expect(times({ analysis: analysis(60_000, { ...limit, mode: 'watch' }) })[1]).toEqual([3, 10, 20_000, 20_000])
})

test('at 100% a comparison decides nothing', () => {
  expect([isJudgedAt(10, [against]), isJudgedAt(100, [against]), isJudgedAt(100, [limit]), isJudgedAt(0, [limit])]).toEqual([true, false, true, false])
})
