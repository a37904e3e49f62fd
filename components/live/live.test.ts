import { expect, test } from 'vitest'
import { isMoving, keepNewest } from '#components/live/moving.ts'
import { concerns, isLiveEvent } from '#components/live/topics.ts'

test.each([
  ['a running rollout', { state: 'running' }, true],
  ['an ended one', { state: 'succeeded' }, false],
  ['a list with one that moves', { items: [{ state: 'succeeded' }, { state: 'held' }] }, true],
  ['a target with an open rollout', { openRollout: 'r1' }, true],
  ['a quiet target', { openRollout: null }, false],
  ['an application whose target moves', { environments: [{ targets: [{ openRollout: 'r1' }] }] }, true],
  ['a frame around something that moves', { moving: 1, waiting: 0 }, true],
  ['a frame around what rests', { moving: 0, waiting: 0 }, false],
  ['an overview with a rollout under way', { open: [{ state: 'held' }], waiting: [] }, true],
  ['a quiet overview', { open: [], waiting: [], activity: [{}] }, false],
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

test('within one version, and without versions, the time of the answer decides', () => {
  const [early, late] = ['2026-03-01T10:00:00.000Z', '2026-03-01T10:00:09.000Z']
  const shown = { id: 't1', version: 5, now: late }
  expect(keepNewest(shown, { id: 't1', version: 5, now: early })).toBe(shown)
  expect(keepNewest(shown, { id: 't1', version: 6, now: early })).toEqual({ id: 't1', version: 6, now: early })
  const unversioned = { id: 't1', now: early }
  expect(keepNewest(unversioned, { id: 't1', now: late })).toEqual({ id: 't1', now: late })
  expect(keepNewest({ id: 't1', now: late }, unversioned)).toEqual({ id: 't1', now: late })
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

test.each([
  ['an event', { topic: 'rollout', id: 'r1', version: 4 }, true],
  ['one of a topic that this page does not know', { topic: 'weather', id: 'r1', version: 4 }, false],
  ['a name that every object has', { topic: 'toString', id: 'r1', version: 4 }, false],
  ['one without a version', { topic: 'rollout', id: 'r1' }, false],
  ['a text', 'rollout', false],
  ['nothing', null, false],
])('%s on the stream is news: %s', (_, said, expected) => {
  expect(isLiveEvent(said)).toBe(expected)
})
