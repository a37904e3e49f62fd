import { expect, test } from 'vitest'
import { readingOf } from '#components/promotions/reading.ts'
import { promotionStates } from '#lib/promotions/state.ts'

const asked = '2026-03-02T10:00:00.000Z'
const started = '2026-03-02T11:00:00.000Z'
const now = '2026-03-02T12:00:00.000Z'
const plan = (asOf: string | null, contentHash = 'one') => ({ contentHash, targets: [{ asOf: now }, { asOf }] })
const promotion = { state: 'rolling_out' as const, startedAt: started, now, contentHash: 'one', plan: plan(asked) }

test.each(promotionStates.map((state) => [state]))('%s: only what can still be approved is a live reading', (state) => {
  const { waits, plan: stamp } = readingOf({ ...promotion, state })
  expect(stamp.live).toBe(state === 'pending' || state === 'ready')
  expect(stamp.live).toBe(waits)
  expect(stamp.prefix).toBe(waits ? 'Live read at' : 'Planned on a reading of')
  expect(stamp.asOf, 'the oldest reading of the plan').toBe(asked)
})

test('after the start the gates are as judged then, and a plan of other content says so', () => {
  expect(readingOf(promotion)).toMatchObject({ gates: { asOf: started, prefix: 'As judged at its start' }, changes: 'as it was planned when it was asked for' })
  expect(readingOf({ ...promotion, plan: plan(asked, 'other') }).changes).toContain('its content changed since')
})

test.each(['pending', 'rolling_out'] as const)('%s: a plan without any reading claims none', (state) => {
  expect(readingOf({ ...promotion, state, plan: { contentHash: 'one', targets: [{ asOf: null }] } }).plan.asOf).toBeNull()
})

test('a waiting plan that has no target is as old as its answer', () => {
  expect(readingOf({ ...promotion, state: 'pending', plan: { contentHash: 'one', targets: [] } }).plan.asOf).toBe(now)
})
