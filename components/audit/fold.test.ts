import { expect, test } from 'vitest'
import { foldEvents, say } from '#components/audit/fold.ts'
import type { AuditEvent } from '#lib/audit/contract.ts'

let seq = 0
const at = (second: number) => new Date(Date.UTC(2026, 10, 20, 9, 0, second)).toISOString()
const event = (second: number, verb: string, message: string, more: Partial<AuditEvent> = {}): AuditEvent => ({
  id: String((seq += 1)), chain: 'shop', seq, at: at(second), actor: { kind: 'system', id: null, name: 'engine' }, verb, subject: { kind: 'rollout', id: 'r1' }, reason: null, message, before: null, after: null, requestId: null, hash: '', ...more,
})
const newestFirst = (...events: AuditEvent[]) => foldEvents(events.toReversed())

test('a write that was asked and read back is one line with its step, and opens to all its rows', () => {
  const lines = newestFirst(
    event(1, 'rollout.step_started', 'step 3: setWeight started'),
    event(1, 'rollout.traffic_requested', 'requested: sends: 10% shop-api-00002-qib, 90% shop-api-00001-nuc'),
    event(3, 'rollout.traffic_confirmed', 'read back: 10% shop-api-00002-qib, 90% shop-api-00001-nuc'),
    event(3, 'rollout.step_passed', 'step 3: setWeight: read back: 10% to shop-api-00002-qib'),
    event(3, 'rollout.step_started', 'step 4: bake started'),
  )
  expect(lines.map((l) => [l.text, l.rows.length])).toEqual([['Step 4, bake: began', 1], ['Sent 10% 00002-qib, 90% 00001-nuc; read back after 2 s', 4]])
})

test('a step that began and passed with nothing in between is one line', () => {
  const lines = newestFirst(event(1, 'rollout.step_started', 'step 2: verify started'), event(2, 'rollout.step_passed', 'step 2: verify: 3 of 3 checks passed'), event(3, 'rollout.step_started', 'step 4: bake started'), event(4, 'rollout.verdict', 'error spike: pass'), event(9, 'rollout.step_passed', 'step 4: bake: 1 of 1 rules pass'))
  expect(lines.map((l) => [l.text, l.at, l.rows.length])).toEqual([['Step 4, bake: 1 of 1 rules pass', at(9), 1], ['Error spike: pass', at(4), 1], ['Step 4, bake: began', at(3), 1], ['Step 2, verify: 3 of 3 checks passed', at(2), 2]])
})

test('what was not read back yet says so', () => {
  const [line] = newestFirst(event(1, 'rollout.deploy_requested', `requested: deploys europe-docker.pkg.dev/shop/api@sha256:${'ab'.repeat(32)} at 0%`))
  expect(line).toMatchObject({ text: 'Requested, not read back yet: deploys image abababababab at 0%', at: at(1) })
})

test('what happened between keeps its own line, and the write stands where it ended', () => {
  const lines = newestFirst(
    event(1, 'rollout.traffic_requested', 'requested: sends: 50% a-00002-qib, 50% a-00001-nuc'),
    event(2, 'rollout.paused', 'paused', { actor: { kind: 'person', id: 'p', name: 'oncall' } }),
    event(4, 'rollout.traffic_confirmed', 'read back: 50% a-00002-qib, 50% a-00001-nuc'),
  )
  expect(lines.map((l) => [l.text, l.by, l.at])).toEqual([['Sent 50% 00002-qib, 50% 00001-nuc; read back after 3 s', 'engine', at(4)], ['Paused', 'oncall', at(2)]])
})

test('a rollback names who pressed and why, and is answered by the rollout it made', () => {
  const person = { kind: 'person', id: 'p', name: 'oncall' } as const
  const lines = newestFirst(
    event(1, 'target.rollback_requested', 'requested: 100% to a-00001-nuc, leaving a-00002-qib', { actor: person, subject: { kind: 'target', id: 't' }, reason: 'errors', after: { 'a-00001-nuc': 100 } }),
    event(2, 'rollout.succeeded', 'read back: 100% a-00001-nuc', { subject: { kind: 'rollout', id: 'r2' }, after: { 'a-00001-nuc': 100 } }),
  )
  expect(lines).toEqual([expect.objectContaining({ text: 'Asked for 100% to 00001-nuc, leaving 00002-qib; read back after 1 s', by: 'oncall', reason: 'errors' })])
})

test('two writes of different rollouts are not taken for each other', () => {
  const lines = newestFirst(
    event(1, 'rollout.traffic_requested', 'requested: sends: 10% a-00002-qib', { after: { a: 10 } }),
    event(2, 'rollout.traffic_confirmed', 'read back: 5% b-00002-qib', { subject: { kind: 'rollout', id: 'other' }, after: { b: 5 } }),
  )
  expect(lines).toHaveLength(2)
})

test('a message is said in words', () => {
  expect(say('step 2: verify: 3 of 3 checks passed')).toBe('Step 2, verify: 3 of 3 checks passed')
  expect(say('the new revision is shop-api-00002-qib')).toBe('The new revision is 00002-qib')
})
