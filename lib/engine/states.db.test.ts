import { expect, test } from 'vitest'
import { person } from '#lib/engine/testing/people.ts'
import { outsider } from '#lib/engine/testing/outside.ts'
import { drive, ended, makeTarget, makeWorld, startRollout, straightSteps, type TestTarget } from '#lib/engine/testing/world.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { AppError } from '#lib/platform/errors.ts'
import type { Analysis, StepPlan, ThresholdRule } from '#lib/rollouts/schema.ts'
import * as act from '#lib/rollouts/service.ts'
import { isEnd } from '#lib/rollouts/state.ts'
import { findRollout, type RolloutRow } from '#lib/rollouts/store.ts'
import { holdForVeto } from '#lib/rollouts/supersede.ts'
import { rollBack } from '#lib/targets/rollback.ts'

const w = await makeWorld()
const cloud = outsider(w)
const manager = person('release_manager')
const fast: StepPlan[] = [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 10 }, { kind: 'bake', durationMs: 2_000, early: false }, { kind: 'setWeight', percent: 100 }]
const rule = (over: Partial<ThresholdRule>): Analysis => ({
  notEnoughData: { afterMs: 0, then: 'ask' }, cannotMeasure: { afterMs: 0, then: 'ask' },
  rules: [{ name: 'errors', kind: 'threshold', mode: 'rollback', metric: 'error_rate', max: 0.02, overMs: 60_000, minRequests: 5, ...over }],
})

type Setup = { steps?: StepPlan[]; analysis?: Analysis; tag?: string; before?: (t: TestTarget) => Promise<unknown>; during?: (t: TestTarget, id: string) => Promise<unknown>; until: (r: RolloutRow) => boolean; after?: () => Promise<unknown> }
const isHeld = (code: string) => (r: RolloutRow) => r.state === 'held' && r.hold?.code === code
const baking = (r: RolloutRow) => r.plan.steps[r.stepIndex]?.kind === 'bake' && r.runs[r.stepIndex]?.state === 'running'

/** How each state of the table comes about in the running product. */
const states: Record<string, Setup> = {
  pending: { until: () => true },
  'running: deploy': { before: () => w.cloud.control('operations', { delayMs: 600_000 }), until: (r) => r.state === 'running' && r.stepIndex === 0, after: () => w.cloud.control('operations', { delayMs: 0 }) },
  'running: bake': { until: baking },
  paused: { until: baking, during: (_t, id) => act.pause(manager, { id }) },
  'held: outside_change': { until: baking, during: async (t, id) => {
    const r = await findRollout(id)
    await cloud.setSplit(t, { [r?.stable?.revision ?? '']: 55, [r?.candidate?.revision ?? '']: 45 })
    await drive(w, id, isHeld('outside_change'))
  } },
  'held: outside_change, every step done': { steps: [...fast, { kind: 'bake', durationMs: 2_000, early: false }], until: (r) => r.stepIndex === 4 && baking(r), during: async (t, id) => {
    const r = await findRollout(id)
    await cloud.setSplit(t, { [r?.stable?.revision ?? '']: 55, [r?.candidate?.revision ?? '']: 45 })
    await drive(w, id, isHeld('outside_change'))
    await act.adopt(manager, { id })
    await drive(w, id, (x) => isHeld('outside_change')(x) && x.hold?.details?.['atEnd'] === true)
  } },
  'held: provider_error': { before: (t) => w.cloud.control('faults', { rpc: 'UpdateService', service: t.locator.service, kind: 'error', status: 403, times: 1 }), until: isHeld('provider_error') },
  'held: cannot_measure': { analysis: rule({}), before: () => w.cloud.control('metrics', { fail: '503' }), until: isHeld('cannot_measure'), after: () => w.cloud.control('metrics', { fail: null }) },
  'held: not_enough_data': { analysis: rule({ minRequests: 1_000_000 }), until: isHeld('not_enough_data') },
  'held: rule_failed': { analysis: rule({ mode: 'ask' }), tag: 'v9.0.0-err50', until: isHeld('rule_failed') },
  'held: awaiting_approval': { steps: [{ kind: 'deploy', tag: 'blue' }, { kind: 'setWeight', percent: 10 }, { kind: 'approve', rule: { name: 'qa', count: 1, roles: ['release_manager'], exclude: [], expiresAfterMs: null } }, { kind: 'setWeight', percent: 100 }], until: isHeld('awaiting_approval') },
  'held: vetoed': { until: baking, during: async (_t, id) => {
    const r = await findRollout(id)
    await db.$transaction(async (tx) => holdForVeto(tx, r?.releaseId ?? '', manager, 'bad', await nowMs()))
  } },
  rolling_back: { until: baking, during: (_t, id) => act.abort(manager, { id, reason: 'stop' }) },
  succeeded: { until: ended },
  rolled_back: { until: baking, during: async (_t, id) => { await act.abort(manager, { id, reason: 'stop' }); await drive(w, id, ended) } },
  failed: { tag: 'v9.1.0-crash', until: ended },
}

const actions = {
  pause: (id: string) => act.pause(manager, { id }),
  resume: (id: string) => act.resume(manager, { id }),
  advance: (id: string) => act.advance(manager, { id, reason: 'known' }),
  retry: (id: string) => act.retry(manager, { id }),
  adopt: (id: string) => act.adopt(manager, { id }),
  restore: (id: string) => act.restore(manager, { id }),
  abort: (id: string) => act.abort(manager, { id, reason: 'stop' }),
  rollBack: (_id: string, t: TestTarget) => rollBack(manager, { id: t.id, reason: 'stop' }),
} as const

/** The world a rollout must leave behind, wherever it ended. */
async function checkWorld(t: TestTarget, serving = 1) {
  const s = await cloud.read(t)
  const shares = (s.trafficStatuses ?? []).filter((x) => (x.percent ?? 0) > 0)
  expect(shares.reduce((sum, x) => sum + (x.percent ?? 0), 0), 'traffic sums to 100').toBe(100)
  expect(shares, serving === 1 ? 'one revision serves all' : 'the split that a person kept').toHaveLength(serving)
  expect((s.traffic ?? []).some((x) => x.type === 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST'), 'never latest').toBe(false)
  const open = await db.rollout.count({ where: { targetId: t.id, state: { in: ['pending', 'running', 'paused', 'held', 'rolling_back'] } } })
  expect(open, 'nothing is left open').toBe(0)
}

test.each(Object.keys(states).flatMap((state) => Object.keys(actions).map((action) => [state, action] as const)))('%s × %s reaches an end', async (state, action) => {
  const setup = states[state]
  if (!setup) throw new Error(state)
  const t = await makeTarget(w)
  await drive(w, await startRollout(w, t, 'v1.0.0', straightSteps), ended)
  await setup.before?.(t)
  const id = await startRollout(w, t, setup.tag ?? 'v1.1.0', setup.steps ?? fast, setup.analysis)
  if (state !== 'pending') await drive(w, id, setup.until)
  await setup.during?.(t, id)
  await setup.after?.()
  const before = await findRollout(id)
  const outcome = await actions[action as keyof typeof actions](id, t).then(() => 'done', (e: unknown) => (e instanceof AppError ? e.code : Promise.reject(e as Error)))
  expect(['done', 'refused']).toContain(outcome)
  if (before && isEnd(before.state) && action !== 'rollBack') expect(await findRollout(id), 'an end stays').toEqual(before)
  // The way out that the screen always offers.
  if (!isEnd((await findRollout(id))?.state ?? 'pending')) await act.abort(manager, { id, reason: 'enough' })
  for (const open of await db.rollout.findMany({ where: { targetId: t.id, endedAt: null } })) await drive(w, open.id, ended)
  await checkWorld(t, state === 'held: outside_change, every step done' && action === 'adopt' ? 2 : 1)
})
