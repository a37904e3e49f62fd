import { expect, test } from 'vitest'
import { diffDocuments } from '#lib/blueprints/diff.ts'

const document = (over: object = {}) => ({ apiVersion: 'sluice/v1', kind: 'Application', metadata: { name: 'shop' }, spec: { services: [{ name: 'api', kind: 'service' }], environments: [{ name: 'staging', tier: 'staging' }, { name: 'production', tier: 'production' }], ...over } })

type Row = [sentence: string, before: object, after: object, changes: string[]]
const rows: Row[] = [
  ['the same', {}, {}, []],
  ['an item that comes', {}, { services: [{ name: 'api', kind: 'service' }, { name: 'web', kind: 'service' }] }, ['add spec.services.web']],
  ['an item that goes', {}, { environments: [{ name: 'production', tier: 'production' }] }, ['remove spec.environments.staging']],
  ['a field of one item', {}, { environments: [{ name: 'staging', tier: 'staging' }, { name: 'production', tier: 'staging' }] }, ['change spec.environments.production.tier']],
  ['another order is one change', {}, { environments: [{ name: 'production', tier: 'production' }, { name: 'staging', tier: 'staging' }] }, ['change spec.environments (order)']],
  ['a left-out list is an empty one', {}, { suites: [{ name: 'smoke' }] }, ['add spec.suites.smoke']],
  ['a list that is left out now', { suites: [{ name: 'smoke' }] }, {}, ['remove spec.suites.smoke']],
  ['targets are told apart by their service', { targets: [{ service: 'a', x: 1 }] }, { targets: [{ service: 'a', x: 2 }] }, ['change spec.targets.a.x']],
  ['a list without names changes as a whole', { steps: [1, 2] }, { steps: [1, 3] }, ['change spec.steps']],
  ['a key of a map', { env: { A: '1' } }, { env: { A: '1', B: '2' } }, ['add spec.env.B']],
  ['null, which removes, is not the same as leaving out', { env: {} }, { env: { A: null } }, ['add spec.env.A']],
]

test.each(rows)('%s', (_sentence, before, after, changes) => {
  expect(diffDocuments(document(before), document(after)).map((c) => `${c.op} ${c.path}`)).toEqual(changes)
})

test('a new application adds each of its parts', () => {
  expect(diffDocuments(null, document()).map((c) => `${c.op} ${c.path}`)).toEqual(['add metadata', 'add spec.services.api', 'add spec.environments.staging', 'add spec.environments.production'])
})
