import { describe, expect, test } from 'vitest'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { changedPaths, contentOf, groupsOf, hashOf, PromotionContent } from '#lib/promotions/content.ts'
import { acmeModel, digestOf } from '#lib/promotions/testing/model.ts'

const release = { id: 'r1', version: '1.2.0', artifacts: [{ service: 'api', repository: 'a.io/api', digest: digestOf('a') }, { service: 'worker', repository: 'a.io/worker', digest: digestOf('b') }] }
const targets = [{ id: 't-api', service: 'api' }, { id: 't-worker', service: 'worker' }]
const content = (model: BlueprintModel, over: object = {}) => {
  const environment = model.environments.find((e) => e.name === 'production')
  if (!environment) throw new Error('no production')
  return contentOf({ release, model, environment, targets, ...over })
}
const changed = (edit: (m: BlueprintModel) => void): BlueprintModel => {
  const model = structuredClone(acmeModel())
  edit(model)
  return model
}
const production = (m: BlueprintModel) => {
  const found = m.environments[1]
  if (!found) throw new Error('no production')
  return found
}

describe('any of these changes the hash, and the change names its path', () => {
  test.each<[string, (m: BlueprintModel) => void, RegExp]>([
    ['an approval count', (m) => { production(m).approvals[0]!.count = 2 }, /^policy\.approvals\.release managers\.count: 1 → 2$/],
    ['an exclusion taken away', (m) => { production(m).approvals[0]!.exclude = ['author'] }, /^policy\.approvals\.release managers\.exclude/],
    ['the soak', (m) => { production(m).after[0]!.soakMs = 1 }, /^policy\.after\.staging\.soakMs: 1800000 → 1$/],
    ['the start', (m) => { production(m).start = 'manual' }, /^policy\.start: auto → manual$/],
    ['what a newer one does', (m) => { production(m).onNewer = 'queue' }, /^policy\.onNewer/],
    ['a config value', (m) => { production(m).targets[0]!.config.env = { LOG_LEVEL: 'DEBUG' } }, /^targets\.api\.plan\.config\.env\.LOG_LEVEL: INFO → DEBUG$/],
    ['a secret version', (m) => { production(m).targets[0]!.config.secrets = { API_KEY: 'api-key:4' } }, /^targets\.api\.plan\.config\.secrets\.API_KEY: api-key:3 → api-key:4$/],
    ['a weight', (m) => { m.strategies[1]!.steps[2] = { kind: 'setWeight', percent: 20 } }, /^targets\.api\.plan\.steps\.2\.percent: 10 → 20$/],
    ['a check of a suite', (m) => { m.suites[0]!.checks[0]!.status = [200, 204] }, /^targets\.api\.plan\.steps\.1\.checks\.health\.status/],
    ['a rule', (m) => { Object.assign(m.strategies[1]!.analysis.rules[0]!, { max: 0.02 }) }, /^targets\.api\.plan\.analysis\.rules\.errors\.max: 0\.01 → 0\.02$/],
    ['the place', (m) => { production(m).targets[1]!.cloudRun.region = 'us-central1' }, /^targets\.worker\.plan\.locator\.region/],
    ['metrics', (m) => { production(m).targets[0]!.metrics = null }, /^targets\.api\.plan\.metrics/],
    ['the order', (m) => { m.order = [['worker'], ['api']] }, /^groups\.0\.0: api → worker$/],
  ])('%s', (_, edit, path) => {
    const before = content(acmeModel())
    const after = content(changed(edit))
    expect(hashOf(after)).not.toBe(hashOf(before))
    expect(changedPaths(before, after)[0]).toMatch(path)
  })
})

test('what does not ship does not matter: titles, other environments, other strategies', () => {
  const other = changed((m) => {
    m.title = 'Other'
    m.environments[0]!.strategy = 'canary'
    m.strategies[0]!.steps = []
  })
  expect(hashOf(content(other))).toBe(hashOf(content(acmeModel())))
})

test('the hash survives a round through the database, which reorders keys', () => {
  const stored: unknown = JSON.parse(JSON.stringify(content(acmeModel()), (_, v: unknown) => (v && typeof v === 'object' && !Array.isArray(v) ? Object.fromEntries(Object.entries(v).reverse()) : v)))
  expect(hashOf(PromotionContent.parse(stored))).toBe(hashOf(content(acmeModel())))
})

test('many changes are cut short, and say so', () => {
  expect(changedPaths(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`k${i}`, 1])), {}).at(-1)).toBe('and 8 more')
})

describe('services go out', () => {
  const services = ['a', 'b', 'c', 'd'].map((name) => ({ name, kind: 'service' as const, repository: null, was: null }))
  test.each([
    ['in the declared groups, the rest after them alone', [['c', 'b']], ['a', 'b', 'c', 'd'], [['c', 'b'], ['a'], ['d']]],
    ['without what is left out', [['c', 'b'], ['a']], ['b', 'd'], [['b'], ['d']]],
    ['each alone when nothing is declared', [], ['b', 'a'], [['a'], ['b']]],
  ])('%s', (_, order, shipped, expected) => {
    expect(groupsOf({ order, services }, shipped)).toEqual(expected)
  })
})

test('a service without a target here is in the artifacts but ships nowhere', () => {
  const one = content(acmeModel(), { targets: [targets[0]] })
  expect(Object.keys(one.targets)).toEqual(['api'])
  expect(one.groups).toEqual([['api']])
  expect(Object.keys(one.artifacts)).toEqual(['api', 'worker'])
})
