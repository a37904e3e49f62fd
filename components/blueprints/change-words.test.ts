import { expect, test } from 'vitest'
import { changeText } from '#components/blueprints/change-words.ts'

test.each([
  ['a field of a named thing', { op: 'change', path: 'spec.environments.production.approvals.managers.count', before: 1, after: 2 }, 'Environment production, approval rule managers: count becomes 2 (was 1).'],
  ['a field of the whole', { op: 'change', path: 'metadata.title', before: 'Shop', after: 'The shop' }, 'title becomes The shop (was Shop).'],
  ['an added thing', { op: 'add', path: 'spec.environments.qa', before: null, after: { name: 'qa' } }, 'Adds the environment qa.'],
  ['a removed thing inside another', { op: 'remove', path: 'spec.environments.qa.targets.api', before: {}, after: null }, 'Removes the target api of environment qa.'],
  ['a nested field that was not there', { op: 'add', path: 'spec.environments.production.targets.api.config.env.LOG_LEVEL', before: null, after: 'INFO' }, 'Environment production, target api: config env LOG_LEVEL is set to INFO.'],
  ['a field that goes', { op: 'remove', path: 'spec.services.api.repository', before: 'eu/api', after: null }, 'Service api: repository is no longer set (was eu/api).'],
  ['a list too long to be read', { op: 'change', path: 'spec.strategies.canary.steps', before: [{ deploy: {} }], after: [{ deploy: { tag: 'a-tag' } }, { setWeight: 10 }, { bake: '10m' }, { setWeight: 100 }] }, 'Strategy canary: steps changes; the lines below show how.'],
  ['an order', { op: 'change', path: 'spec.environments (order)', before: ['a', 'b'], after: ['b', 'a'] }, 'the order of environments becomes b, a.'],
] as const)('%s', (_, change, text) => {
  expect(changeText(change)).toBe(text)
})
