import { describe, expect, test } from 'vitest'
import { guideOf, type GuideFacts } from '#lib/demo/decide.ts'

const nowMs = 1_000_000_000
const release = { id: 'r', version: 'v1.3.0-err5' }
const asked = (state: NonNullable<GuideFacts['staging']>['state'], over: Partial<NonNullable<GuideFacts['staging']>> = {}) => ({ id: 'p', state, headline: 'It waits', isApproved: false, rollout: null, ...over })
const soaked = { met: true, summary: '', opensAtMs: null }
const facts = (over: Partial<GuideFacts> = {}): GuideFacts => ({ repository: 'us-docker.pkg.dev/convergence/api', release: null, versions: [], staging: null, production: null, soak: { met: false, summary: 'opens by itself in 25 min', opensAtMs: nowMs + 25 * 60_000 }, nowMs, ...over })
const rollout = { id: 'x', headline: 'Rolled back to 00022-pn7: error spike: 141 of 2914 requests failed.' }

describe('the guided path', () => {
  test.each<[string, Partial<GuideFacts>, number, string | null, number | null]>([
    ['begins with the form', {}, 0, 'Fill in the release', null],
    ['goes to staging', { release }, 1, 'Promote to staging', null],
    ['lets a bake pass', { release, staging: asked('rolling_out') }, 1, 'Watch it', 10],
    ['lets the soak pass', { release, staging: asked('succeeded') }, 1, 'Open the promotion', 25],
    ['asks again after an end without success', { release, staging: asked('failed') }, 1, 'Promote to staging', null],
    ['asks for production', { release, staging: asked('succeeded'), soak: soaked }, 2, 'Ask for production', null],
    ['asks again after a rejection', { release, soak: soaked, production: asked('rejected') }, 2, 'Ask for production', null],
    ['needs the other person', { release, soak: soaked, production: asked('pending') }, 3, 'Review and approve', null],
    ['watches what was approved', { release, soak: soaked, production: asked('pending', { isApproved: true }) }, 4, 'Open the promotion', null],
    ['watches the rollout', { release, soak: soaked, production: asked('rolling_out', { rollout }) }, 4, 'Watch the rollout', null],
  ])('%s', (_, over, now, label, minutes) => {
    const { steps } = guideOf(facts(over))
    expect(steps.map((s) => s.state)).toEqual(steps.map((_s, i) => (i < now ? 'done' : i === now ? 'now' : 'to_come')))
    expect(steps[now]).toMatchObject({ passMinutes: minutes, link: label === null ? null : { label } })
    expect(steps.filter((s) => s.state === 'to_come').every((s) => s.link === null && s.passMinutes === null)).toBe(true)
  })

  test('ends when it came back, with its counts, and offers a version that nobody took', () => {
    const guide = guideOf(facts({ release, soak: soaked, production: asked('rolled_back', { rollout }), versions: ['v1.3.0-err5', 'v1.3.1-err5'] }))
    expect(guide.steps.every((s) => s.state === 'done')).toBe(true)
    expect(guide.steps.at(-1)?.text).toContain('141 of 2914 requests failed')
    expect(guide.again?.href).toContain('version=v1.3.2-err5')
  })

  test('fills in a form that can be sent as it is', () => {
    const href = new URL(guideOf(facts()).steps[0]?.link?.href ?? '', 'http://sluice.test')
    expect(Object.fromEntries(href.searchParams)).toMatchObject({ application: 'convergence', version: 'v1.3.0-err5', image: 'us-docker.pkg.dev/convergence/api:v1.3.0-err5' })
    expect(href.searchParams.get('commit')).toMatch(/^[0-9a-f]{7,64}$/)
  })
})
