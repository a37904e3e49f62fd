import { describe, expect, test } from 'vitest'
import type { RoleName } from '#lib/access/actor.ts'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { idleRoles, impossibleRules, type PersonAt, type PolicyFacts } from '#lib/blueprints/policy.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'

const people: Record<string, RoleName[]> = { Mona: ['release_manager'], Mats: ['release_manager'], Dev: ['developer'], Ada: ['admin'], Olga: ['on_call'] }
const facts = (here: Record<string, RoleName[]> = people): PolicyFacts => ({
  peopleAt: () => Object.entries(here).map(([name, roles]): PersonAt => ({ id: name, name, roles })),
  mayApprove: ['release_manager', 'admin'],
  mayPropose: ['developer', 'release_manager', 'admin'],
})
const rule = (over: Partial<ApprovalRule>): ApprovalRule => ({ name: 'managers', count: 1, roles: ['release_manager'], exclude: [], expiresAfterMs: null, ...over })
const model = (own: ApprovalRule[], step?: ApprovalRule): BlueprintModel => ({
  name: 'shop', title: 'Shop', owner: 'team', services: [], order: [], suites: [],
  environments: [{ name: 'production', was: null, tier: 'production', strategy: 's', after: [], start: 'auto', onNewer: 'queue', onFreeze: 'hold', approvals: own, targets: [] }],
  strategies: [{ name: 's', steps: [{ kind: 'deploy', tag: null }, ...(step ? [{ kind: 'approve' as const, rule: step }] : [])], analysis: { notEnoughData: { afterMs: 0, then: 'ask' }, cannotMeasure: { afterMs: 0, then: 'ask' }, rules: [] } }],
})

type Row = [sentence: string, rule: Partial<ApprovalRule>, people: Record<string, RoleName[]>, expected: RegExp | null]
const rows: Row[] = [
  ['one of two managers can', {}, people, null],
  ['two of two managers can', { count: 2 }, people, null],
  ['three of two managers cannot, and it says who they are', { count: 3 }, people, /needs 3, and Mats, Mona are bound as release_manager there/],
  ['two managers besides the requester can, since a developer may request', { count: 2, exclude: ['requester'] }, people, null],
  ['two besides the requester cannot when only the two may request', { count: 2, exclude: ['requester'] }, { Mona: ['release_manager'], Mats: ['release_manager'] }, /needs 2 besides the requester/],
  ['one besides the requester can when the two managers are all there is', { exclude: ['requester'] }, { Mona: ['release_manager'], Mats: ['release_manager'] }, null],
  ['the only person cannot approve what only that person may request', { roles: ['admin'], exclude: ['requester'] }, { Ada: ['admin'] }, /Ada is bound as admin there, and nobody else may request/],
  ['excluding the author alone never makes it impossible: an author may be a stranger', { count: 2, exclude: ['author'] }, people, null],
  ['an admin does not meet a rule for managers', {}, { Ada: ['admin'], Dev: ['developer'] }, /needs 1, and nobody is bound as release_manager there/],
  ['a rule that lists admin admits admins', { roles: ['admin'] }, people, null],
  ['listed roles add up', { count: 3, roles: ['admin', 'release_manager'] }, people, null],
  ['one person with two listed roles counts once', { count: 2, roles: ['admin', 'release_manager'] }, { Ada: ['admin', 'release_manager'], Dev: ['developer'] }, /needs 2, and Ada is bound/],
  ['developers cannot approve', { roles: ['developer'] }, people, /developer cannot approve; roles that can: release_manager, admin/],
  ['neither can on-call and viewers', { roles: ['on_call', 'viewer'] }, people, /on_call and viewer cannot approve/],
  ['a role that cannot approve does not count beside one that can', { count: 3, roles: ['developer', 'release_manager'] }, people, /needs 3, and Mats, Mona are bound as release_manager there/],
  ['nobody at all', {}, {}, /nobody is bound/],
]

describe('a policy that nobody can meet is told when it is saved', () => {
  test.each(rows)('%s', (_sentence, over, here, expected) => {
    const found = impossibleRules(model([rule(over)]), facts(here))
    if (expected === null) return expect(found).toEqual([])
    expect(found).toEqual([{ path: ['spec', 'environments', 0, 'approvals', 0], message: expect.stringMatching(expected) as unknown }])
  })
})

test('a step approve is asked in every environment that uses its strategy', () => {
  expect(impossibleRules(model([], rule({ count: 9 })), facts())).toEqual([{ path: ['spec', 'strategies', 0, 'steps', 1, 'approve'], message: expect.stringContaining('in production: it needs 9') as unknown }])
})

test('a listed role that cannot approve is harmless beside one that can, and said', () => {
  expect(idleRoles(model([rule({ roles: ['developer', 'release_manager'] })]), facts())).toEqual(['production: "managers" lists developer, who cannot approve; only release_manager and admin can'])
})
