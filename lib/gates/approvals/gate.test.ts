import { describe, expect, test } from 'vitest'
import type { RoleName } from '#lib/access/actor.ts'
import { isAuthor } from '#lib/gates/approvals/eligible.ts'
import { approvals, type ApprovalEvidence, type GivenApproval } from '#lib/gates/approvals/gate.ts'
import type { GateFacts } from '#lib/gates/gate.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'

const hourMs = 3_600_000
const rule = (over: Partial<ApprovalRule> = {}): ApprovalRule => ({ name: 'release managers', count: 1, roles: ['release_manager'], exclude: ['requester', 'author'], expiresAfterMs: hourMs, ...over })
const person = (id: string, role: RoleName, place: { applicationId?: string; environmentId?: string } = {}) => ({ id, name: id, email: `${id}@acme.test`, grants: [{ role, applicationId: null, environmentId: null, ...place }] })
const people = [person('ada', 'release_manager'), person('bob', 'release_manager'), person('dev', 'developer'), person('root', 'admin')]
const by = (personId: string, over: Partial<GivenApproval> = {}): GivenApproval => ({ personId, personName: personId, contentHash: 'h', voided: false, ...over })

const facts = (over: Partial<GateFacts> = {}): GateFacts => ({
  nowMs: 0, promotionId: 'p', requestedById: 'dev', requestedAtMs: 0, contentHash: 'h', applicationId: 'app', environmentId: 'env',
  release: { id: 'r', version: '1', state: 'active', author: 'Eve <eve@acme.test>', createdById: 'dev', artifacts: [] },
  policy: { approvals: [rule()], after: [] },
  ...over,
})
const judge = (f: GateFacts, given: GivenApproval[], everybody = people) => approvals.judge(f, { given, people: everybody } satisfies ApprovalEvidence)
const withRules = (...rules: ApprovalRule[]) => facts({ policy: { approvals: rules, after: [] } })

describe('counts', () => {
  test.each<[string, GateFacts, GivenApproval[], string]>([
    ['nobody yet', facts(), [], 'unmet'],
    ['one of one', facts(), [by('ada')], 'met'],
    ['one of two', withRules(rule({ count: 2 })), [by('ada')], 'unmet'],
    ['two of two', withRules(rule({ count: 2 })), [by('ada'), by('bob')], 'met'],
    ['one person twice, once with a token, is one', withRules(rule({ count: 2 })), [by('ada'), by('ada')], 'unmet'],
    ['a voided one does not', facts(), [by('ada', { voided: true })], 'unmet'],
    ['one for other content does not', facts(), [by('ada', { contentHash: 'older' })], 'unmet'],
    ['a role that the rule does not name does not', facts(), [by('root')], 'unmet'],
    ['admin where the rule names admin', withRules(rule({ roles: ['admin'] })), [by('root')], 'met'],
    ['the requester does not', facts({ requestedById: 'ada' }), [by('ada')], 'unmet'],
    ['the requester where only the author is excluded', { ...withRules(rule({ exclude: ['author'] })), requestedById: 'ada' }, [by('ada')], 'met'],
    ['the author does not', facts({ release: { ...facts().release, author: 'ADA@acme.test' } }), [by('ada')], 'unmet'],
    ['a person without any role left does not', facts(), [by('gone')], 'unmet'],
  ])('%s', (_, f, given, state) => {
    expect(judge(f, given)[0]?.state).toBe(state)
  })
  test('a role bound to another environment does not count here', () => {
    const elsewhere = [person('ada', 'release_manager', { applicationId: 'app', environmentId: 'other' })]
    expect(judge(facts(), [by('ada')], elsewhere)[0]?.state).toBe('unmet')
  })
  test('rules are judged apart, and one person may meet two where the roles allow', () => {
    const outcomes = judge(withRules(rule(), rule({ name: 'qa', roles: ['release_manager', 'admin'] })), [by('ada')])
    expect(outcomes.map((o) => [o.name, o.state])).toEqual([['release managers', 'met'], ['qa', 'met']])
  })
  test('no rules, no conditions', () => {
    expect(judge(withRules(), [])).toEqual([])
  })
})

describe('time', () => {
  test('unmet one millisecond before its end is open, at its end it is denied', () => {
    expect(judge(facts({ nowMs: hourMs - 1 }), [])[0]).toMatchObject({ state: 'unmet', expired: null, lookAgainAtMs: hourMs })
    expect(judge(facts({ nowMs: hourMs }), [])[0]).toMatchObject({ state: 'denied', expired: expect.stringContaining('0 of 1') })
  })
  test('met in time counts for good', () => {
    expect(judge(facts({ nowMs: 100 * hourMs }), [by('ada')])[0]?.state).toBe('met')
  })
  test('a rule without expiry waits for ever', () => {
    expect(judge({ ...withRules(rule({ expiresAfterMs: null })), nowMs: 1e15 }, [])[0]).toMatchObject({ state: 'unmet', lookAgainAtMs: null })
  })
})

describe('who could', () => {
  test('is named, without those who are excluded or have approved', () => {
    const who = judge({ ...withRules(rule({ count: 2 })), requestedById: 'x' }, [by('ada')])[0]?.unmet[0]?.who
    expect(who).toBe('release manager, not the requester or author: bob')
  })
  test('an approval that stopped counting is explained', () => {
    const unmet = judge(facts(), [by('root')])[0]?.unmet[0]
    expect(unmet?.message).toContain('the approval of root does not count: release managers: needs the role release manager here')
  })
})

describe('the author is', () => {
  const ada = { id: 'p1', name: 'Ada Lovelace', email: 'ada@acme.test' }
  test.each([
    ['the address', 'ada@acme.test', null, true],
    ['a name with an address', 'A. L. <Ada@ACME.test>', null, true],
    ['one of several', 'bob@acme.test, ada@acme.test', null, true],
    ['the name', ' ada lovelace ', null, true],
    ['somebody else', 'Bob <bob@acme.test>', 'p1', false],
    ['part of an address', 'xada@acme.test', null, false],
    ['the creator where none is given', null, 'p1', true],
    ['not another creator', null, 'p2', false],
  ])('%s', (_, author, createdById, expected) => {
    expect(isAuthor(ada, { author, createdById })).toBe(expected)
  })
})
