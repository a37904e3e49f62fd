import { expect, test } from 'vitest'
import { isMoving, keepNewest } from '#components/live/moving.ts'
import { concerns } from '#components/live/topics.ts'

test.each([
  ['a running rollout', { state: 'running' }, true],
  ['an ended one', { state: 'succeeded' }, false],
  ['a list with one that moves', { items: [{ state: 'succeeded' }, { state: 'held' }] }, true],
  ['a target with an open rollout', { openRollout: 'r1' }, true],
  ['a quiet target', { openRollout: null }, false],
  ['an application whose target moves', { environments: [{ targets: [{ openRollout: 'r1' }] }] }, true],
  ['nothing yet', undefined, false],
])('%s: moving is %s', (_, data, moving) => {
  expect(isMoving(data)).toBe(moving)
})

test('a late answer never overwrites a newer one of the same thing', () => {
  const newer = { id: 'r1', version: 5 }
  expect(keepNewest(newer, { id: 'r1', version: 4 })).toBe(newer)
  expect(keepNewest(newer, { id: 'r1', version: 6 })).toEqual({ id: 'r1', version: 6 })
  expect(keepNewest(newer, { id: 'r2', version: 1 })).toEqual({ id: 'r2', version: 1 })
})

test.each([
  ['its own view, shown older', ['rollouts.view', { id: 'r1' }], { version: 3 }, true],
  ['its own view, shown as new or newer', ['rollouts.view', { id: 'r1' }], { version: 4 }, false],
  ['the view of another', ['rollouts.view', { id: 'r2' }], { version: 1 }, false],
  ['a list that shows it', ['rollouts.list', {}], undefined, true],
  ['an answer that never shows it', ['me.view', {}], undefined, false],
])('an event of a rollout re-reads: %s', (_, key, data, expected) => {
  expect(concerns({ topic: 'rollout', id: 'r1', version: 4 }, key, data)).toBe(expected)
})
