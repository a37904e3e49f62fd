import { expect, test } from 'vitest'
import type { WaitingPromotion } from '#lib/overview/contract.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { comingUp } from './coming-up.ts'

const nowMs = Date.parse('2026-11-19T14:32:00.000Z')
const iso = (minutes: number) => new Date(nowMs + minutes * 60_000).toISOString()
// Only what the list reads of each.
const title = (slug: string) => slug.toUpperCase()
const promotion = (createdMinutes: number, opensAt: string | null) => ({ id: 'p', application: 'haystack', environment: 'production', state: 'pending', release: { version: '1.2.0' }, createdAt: iso(createdMinutes), deniedAt: iso(createdMinutes + 120), unmet: [{ code: 'soak', message: 'staging is healthy for 10 of 30 min', who: null, opensAt }] }) as unknown as WaitingPromotion
const step = (plan: object, plannedEndAt: string | null) => ({ plan, plannedEndAt })
const rollout = {
  id: 'r', stepIndex: 0, target: { application: 'haystack', environment: 'production', service: 'api' }, release: { version: '1.1.0' }, candidate: { revision: 'api-00002-abc' },
  steps: [step({ kind: 'bake', durationMs: 600_000 }, iso(5)), step({ kind: 'setWeight', percent: 50 }, null), step({ kind: 'bake', durationMs: 600_000 }, iso(15))],
} as unknown as RolloutView

test('ends of steps and rollouts, gates that open and deadlines stand in the order in which they come', () => {
  const items = comingUp({ title, rollouts: [rollout], promotions: [promotion(0, iso(20))], nowMs })
  expect(items.map((c) => [c.at, `${c.what}: ${c.text}`])).toEqual([
    [iso(5), 'HAYSTACK api: Bake 10 min at 0% is over; then: send 50%'],
    [iso(15), 'HAYSTACK api: 1.1.0 is done in production, if its rules pass'],
    [iso(20), 'HAYSTACK 1.2.0: Staging is healthy for 10 of 30 min: met by itself'],
    [iso(120), 'HAYSTACK 1.2.0: denied in production unless approved by then'],
  ])
})

test('what is over is not coming', () => {
  expect(comingUp({ title, rollouts: [], promotions: [promotion(-180, iso(-60))], nowMs })).toEqual([])
})
