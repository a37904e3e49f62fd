import { describe, expect, test } from 'vitest'
import type { Observation } from '#lib/drivers/runtime.ts'
import { contentOf } from '#lib/promotions/content.ts'
import { targetPlan, type TargetPlanFacts } from '#lib/promotions/plan-target.ts'
import { acmeModel, digestOf } from '#lib/promotions/testing/model.ts'
import type { RolloutPlan } from '#lib/rollouts/schema.ts'

const observation = (over: Partial<Observation> = {}): Observation => ({
  exists: true, etag: '"e"', uri: null, settled: true, failure: null, statuses: [], lastModifier: null,
  traffic: [{ revision: 'api-00007-abc', latest: false, percent: 100, tag: null, uri: null }],
  split: { 'api-00007-abc': 100 }, namesLatest: false, latestReady: 'api-00007-abc', latestCreated: 'api-00007-abc',
  config: { 'env LOG_LEVEL': 'INFO', 'secret API_KEY': 'api-key:3' }, image: `a.io/api@${digestOf('0')}`,
  ...over,
})
const model = acmeModel()
const canary = (): RolloutPlan => {
  const environment = model.environments[1]
  if (!environment) throw new Error('no production')
  const content = contentOf({ release: { id: 'r', version: '1.2.0', artifacts: [{ service: 'api', repository: 'a.io/api', digest: digestOf('a') }] }, model, environment, targets: [{ id: 't', service: 'api' }] })
  const target = content.targets['api']
  if (!target) throw new Error('no target')
  return target.plan
}
const planned = (o: Observation | string, over: Partial<TargetPlanFacts> = {}) =>
  targetPlan({
    target: 't', group: 0, plan: canary(), image: 'a.io/api:1.2.0', version: '1.2.0', known: {}, stableRevision: null, samplePeriodMs: 60_000,
    live: typeof o === 'string' ? { kind: 'unreadable', error: o } : { kind: 'read', observation: o, asOfMs: 0 },
    ...over,
  })

describe('the traffic writes, in words', () => {
  test.each<[string, Partial<Observation>, string[]]>([
    ['a service pinned by name', {}, ['deploys a new revision at 0% with the tag blue', '10% to the new revision, 90% to api-00007-abc', '100% to the new revision']],
    ['a service on LATEST is pinned first', { namesLatest: true }, ['pins api-00007-abc by name first, live says LATEST', 'deploys a new revision at 0% with the tag blue', '10% to the new revision, 90% to api-00007-abc', '100% to the new revision']],
    ['a tag in use moves', { traffic: [{ revision: 'api-00003-xyz', latest: false, percent: 0, tag: 'blue', uri: null }] }, [expect.stringMatching(/with the tag blue, which moves from api-00003-xyz$/), expect.any(String), expect.any(String)]],
    ['a first release creates the service', { exists: false }, ['creates the service acme-api with this image, which serves 100% from the start', 'pins 100% to the new revision by name and gives it the tag blue', 'weight steps are skipped: there is nothing to share traffic with']],
  ])('%s', (_, over, expected) => {
    expect(planned(observation(over)).traffic).toEqual(expected)
  })
})

describe('where it comes from', () => {
  test('the revision that serves, with its image and release', () => {
    const plan = planned(observation(), { known: { 'api-00007-abc': { image: `a.io/api@${digestOf('9')}`, version: '1.1.0' } } })
    expect(plan.from).toEqual({ revision: 'api-00007-abc', image: `a.io/api@${digestOf('9')}`, version: '1.1.0' })
    expect(plan.changes[0]).toEqual({ op: 'change', path: 'image', before: `1.1.0 a.io/api@${digestOf('9')}`, after: `1.2.0 a.io/api@${digestOf('a')}` })
  })
  test('in a split, the stable one rather than the larger one', () => {
    const split = { 'api-00008-new': 60, 'api-00007-abc': 40 }
    expect(planned(observation({ split }), { stableRevision: 'api-00007-abc' }).from.revision).toBe('api-00007-abc')
    expect(planned(observation({ split })).from.revision).toBe('api-00008-new')
    expect(planned(observation({ split })).notes).toContain('live traffic is split now: 60% api-00008-new, 40% api-00007-abc')
  })
  test('the template of a newer revision is not taken for the one that serves', () => {
    expect(planned(observation({ latestCreated: 'api-00008-new' })).from.image).toBeNull()
  })
  test('the same digest is told as the same', () => {
    expect(planned(observation({ image: `a.io/api@${digestOf('a')}` })).changes[0]?.op).toBe('same')
  })
})

test('an unreadable cloud does not fail the plan, and nothing is claimed about it', () => {
  const plan = planned('run.googleapis.com did not answer')
  expect(plan).toMatchObject({ live: 'unreadable', liveError: 'run.googleapis.com did not answer', asOf: null, from: { revision: null }, traffic: ['not known until the live state can be read'] })
  expect(plan.changes).toHaveLength(1)
})

describe('notes', () => {
  test.each<[string, Partial<Observation>, Partial<TargetPlanFacts>, RegExp]>([
    ['a window below the sample period', {}, {}, /rule errors looks over 1 min, not 30 s/],
    ['no metrics', {}, { plan: { ...canary(), metrics: null } }, /no metrics: a bake is time alone/],
    ['a first release', { exists: false }, {}, /nothing to go back to/],
    ['session affinity', { config: { sessionAffinity: 'on' } }, {}, /session affinity is on/],
    ['a failed last change', { failure: 'image pull' }, {}, /the last change of the service failed: image pull/],
    ['a secret that floats', { config: { 'secret K': 'k:latest' } }, {}, /^K reads k:latest/],
  ])('%s', (_, over, facts, expected) => {
    expect(planned(observation(over), facts).notes).toContainEqual(expect.stringMatching(expected))
  })
  test('none of them where nothing is odd', () => {
    expect(planned(observation(), { samplePeriodMs: 1000 }).notes).toEqual([])
  })
})
