import { expect, test } from 'vitest'
import { approvalTerms, approversText, entryText, ruleText } from '#components/environments/words.ts'
import type { ApprovalRuleView, EnvironmentView } from '#lib/environments/contract.ts'

const rule = (over: Partial<ApprovalRuleView> = {}): ApprovalRuleView => ({ name: 'managers', count: 1, roles: ['release_manager'], exclude: ['requester'], expiresAfterSeconds: 259_200, people: ['ada@example.test'], ...over })
const environment = (over: Partial<EnvironmentView>): EnvironmentView => ({
  slug: 'production', tier: 'production', after: [], feeds: [], start: 'auto', onNewer: 'queue', onFreeze: 'hold', approvals: [], targets: [],
  strategy: { name: 's', steps: [], analysis: { notEnoughData: { afterMs: 1, then: 'ask' }, cannotMeasure: { afterMs: 1, then: 'ask' }, rules: [] } }, ...over,
})

test('how a release gets in is one sentence', () => {
  expect(entryText(environment({}))).toBe('at once; then it starts by itself')
  expect(entryText(environment({ after: [{ environment: 'staging', soakSeconds: 1800 }], approvals: [rule({ count: 2 })], start: 'manual' }))).toBe('after staging has had it for 30 min, with 2 approvals by release manager; then a person starts it')
})

test('a rule says who does not count, how long it waits, and whether anybody could meet it', () => {
  expect(approvalTerms(rule())).toBe('Does not count: who asked for it. Unmet after 3 d, the promotion ends.')
  expect(approvalTerms(rule({ exclude: [], expiresAfterSeconds: null }))).toBe('Anybody of them counts, also who asked for it. Waits as long as it takes.')
  expect(approversText(rule({ count: 2 }))).toBe('Only ada@example.test could, and it needs 2.')
  expect(approversText(rule({ people: [] }))).toContain('Nobody')
})

test('limits keep their units', () => {
  const base = { name: 'r', kind: 'threshold', mode: 'rollback', overMs: 300_000, minRequests: 50 } as const
  expect(ruleText({ ...base, metric: 'error_rate', max: 0.02 })).toBe('error rate above 2% over 5 min, from 50 requests on, rolls back')
  expect(ruleText({ ...base, metric: 'latency_p95', max: 800 })).toContain('latency p95 above 800 ms')
})
