import { expect, test } from 'vitest'
import { actualCourse, courseTicks, plannedCourses } from '#components/promotions/course.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'

const minute = 60_000
const steps = [{ kind: 'deploy' as const, tag: 'next' }, { kind: 'setWeight' as const, percent: 10 }, { kind: 'bake' as const, durationMs: 10 * minute, early: false }, { kind: 'setWeight' as const, percent: 100 }, { kind: 'bake' as const, durationMs: 5 * minute, early: false }]
const target = (service: string, group: number, live: 'live' | 'absent' = 'live') => ({ service, group, live, steps })

test('weights follow the bakes, and a group waits for the slowest of the one before', () => {
  const courses = plannedCourses([target('web', 1), target('api', 0), { ...target('jobs', 0), steps: steps.slice(0, 3) }], 0)
  expect(courses.get('api')).toEqual({ weights: [{ atMs: 0, percent: 10 }, { atMs: 10 * minute, percent: 100 }], endMs: 15 * minute })
  expect(courses.get('jobs')?.endMs).toBe(10 * minute)
  expect(courses.get('web')?.weights[0]).toEqual({ atMs: 15 * minute, percent: 10 })
})

test('the first release of a service serves all from the start', () => {
  expect(plannedCourses([target('api', 0, 'absent')], 0).get('api')).toEqual({ weights: [{ atMs: 0, percent: 100 }], endMs: 15 * minute })
})

const at = (minutes: number) => new Date(minutes * minute).toISOString()
const ran = (plan: RolloutView['steps'][number]['plan'], minutes: number | null) => ({ index: 0, plan, plannedEndAt: null, run: { state: 'passed' as const, startedAt: null, endedAt: null, trafficAt: minutes === null ? null : at(minutes), message: null, tries: [] } })
const stable = { revision: 'api-00001-abc', digest: '', image: '', releaseId: null, version: null }

test('what went out is drawn from what was read back, and a rollback ends at nothing', () => {
  const r = { steps: [ran(steps[0] ?? steps[1]!, 1), ran({ kind: 'setWeight', percent: 10 }, 2), ran({ kind: 'setWeight', percent: 100 }, null)], state: 'rolled_back' as const, stable, endedAt: at(9) }
  expect(actualCourse(r, 0)).toEqual({ weights: [{ atMs: 2 * minute, percent: 10 }, { atMs: 9 * minute, percent: 0 }], endMs: 9 * minute })
  expect(actualCourse({ ...r, state: 'running', endedAt: null }, 7 * minute)).toEqual({ weights: [{ atMs: 2 * minute, percent: 10 }], endMs: 7 * minute })
  expect(actualCourse({ ...r, steps: [] }, 0)).toBeNull()
})

test('the axis has few lines, at whole steps of the clock', () => {
  expect(courseTicks(0, 20 * minute)).toEqual([0, 5, 10, 15, 20].map((m) => m * minute))
  expect(courseTicks(7 * minute, 31 * minute)).toEqual([10, 15, 20, 25, 30].map((m) => m * minute))
  expect(courseTicks(0, 72 * 60 * minute).length).toBeLessThanOrEqual(9)
})
