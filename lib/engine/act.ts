import 'server-only'
import { isDeepStrictEqual } from 'node:util'
import { runtimeFor } from '#lib/drivers/registry.ts'
import type { Decision, Facts } from '#lib/engine/facts.ts'
import type { Lease } from '#lib/engine/lease.ts'
import { change } from '#lib/engine/record.ts'
import { describeSplit, splitOf, tagsOf } from '#lib/engine/traffic.ts'
import { isoOf } from '#lib/platform/time.ts'
import { bakeAgain } from '#lib/rollouts/bake-again.ts'
import type { Intent } from '#lib/rollouts/schema.ts'
import { findRollout, type RolloutRow } from '#lib/rollouts/store.ts'
import { rolloutLabel } from '#lib/targets/observe.ts'

const writeTimeoutMs = 30_000

/** Ties a call in the provider's audit log to this rollout, epoch and step. */
const reason = (r: RolloutRow, lease: Lease, what: string): string => `sluice rollout=${r.id} epoch=${lease.epoch} step=${r.stepIndex} ${what}`

/** Says first what will be done (row and audit event, committed), then does it with the provider's compare-and-set. */
export async function act(r: RolloutRow, lease: Lease, f: Facts, d: Extract<Decision, { kind: 'create' | 'deploy' | 'write' }>): Promise<void> {
  const runtime = runtimeFor(r.plan.provider)
  const base = { epoch: lease.epoch, at: isoOf(f.nowMs) }
  const request = { image: r.plan.image, config: r.plan.config, labels: { [rolloutLabel]: r.id } }
  switch (d.kind) {
    case 'create':
      await intend(r, lease, f, { kind: 'create', ...base }, `creates ${r.plan.locator.service} with ${r.plan.image}`)
      return runtime.create(r.plan.locator, request, { reason: reason(r, lease, 'create'), timeoutMs: writeTimeoutMs, priority: 'ordinary' })
    case 'deploy':
      await intend(r, lease, f, { kind: 'deploy', ...base, etag: f.live.etag }, `deploys ${r.plan.image} at 0%`)
      return runtime.deploy(r.plan.locator, request, { etag: f.live.etag, reason: reason(r, lease, 'deploy'), timeoutMs: writeTimeoutMs, priority: 'ordinary' })
    case 'write': {
      const split = splitOf(d.traffic, f.live.latestReady)
      await intend(r, lease, f, { kind: 'traffic', purpose: d.purpose, traffic: d.traffic, ...base, etag: f.live.etag }, `${saying[d.purpose]}: ${describeSplit(split)}`, split)
      if (lease.lost) return
      return runtime.writeTraffic(r.plan.locator, d.traffic, { etag: f.live.etag, reason: reason(r, lease, d.purpose), timeoutMs: writeTimeoutMs, priority: wayBack.has(d.purpose) ? 'rollback' : 'ordinary' })
    }
  }
}

const wayBack: ReadonlySet<string> = new Set(['return', 'rollback'])

const saying = {
  pin: 'pins the latest revision by its name',
  tag: 'adds the tag at 0%',
  weight: 'sends',
  return: 'goes back',
  restore: 'restores',
  shift: 'shifts',
  rollback: 'rolls back',
  fence: 'writes the live split again so that a late call is refused',
} as const

async function intend(r: RolloutRow, lease: Lease, f: Facts, intent: Intent, message: string, split?: Record<string, number>): Promise<void> {
  await change(r, lease, f, { intent, ...(split && { desiredSplit: split }) }, { verb: `rollout.${intent.kind === 'traffic' ? 'traffic' : intent.kind}_requested`, message: `requested: ${message}`, ...(split && { before: f.live.split, after: split }) })
}

/** Read back: only now is it done. A weight's samples count from here. */
export async function confirm(r: RolloutRow, lease: Lease, f: Facts): Promise<void> {
  const i = r.intent
  if (!i) return
  if (i.kind !== 'traffic') return change(r, lease, f, { intent: null, errors: 0 }, { verb: `rollout.${i.kind}_confirmed`, message: i.kind === 'create' ? 'read back: the service exists' : 'read back: the new revision exists' })
  // A first release has no weight step that counts: it serves all from the write that pins it.
  const moved = i.purpose === 'weight' || (i.purpose === 'pin' && r.stable === null)
  const at = isoOf(f.nowMs)
  const runs = i.purpose === 'restore' ? bakeAgain(r, f.live.split, at, 'the intended split was restored') : r.runs.map((run, index) => (index === r.stepIndex && moved ? { ...run, trafficAt: at } : run))
  const ours = new Set([...Object.keys(r.target.intended?.tags ?? {}), ...r.plan.steps.flatMap((s) => (s.kind === 'deploy' && s.tag !== null ? [s.tag] : []))])
  const tags = Object.fromEntries(Object.entries(tagsOf(f.live.traffic, f.live.latestReady)).filter(([t]) => ours.has(t)))
  await change(r, lease, f,
    { intent: null, errors: 0, observedSplit: f.live.split, observedAt: new Date(f.nowMs), runs },
    { verb: 'rollout.traffic_confirmed', message: `read back: ${describeSplit(f.live.split)}`, after: f.live.split },
    async (tx) => {
      // A fence writes back what it found, whoever made it: nobody intended that.
      if (i.purpose !== 'fence') await tx.target.update({ where: { id: r.targetId }, data: { intended: { split: f.live.split, tags }, version: { increment: 1 } } })
    })
}

/**
 * Forgets a call that is known to have had no effect. `before` is the rollout as this turn found it: what was refused
 * while only reading says nothing of an earlier call, and the plan of a split by hand stays what is to be written.
 */
export async function dropIntent(before: RolloutRow, lease: Lease, nowMs: number, message: string): Promise<void> {
  const r = await findRollout(before.id)
  if (!r?.intent || r.epoch !== lease.epoch || isDeepStrictEqual(r.intent, before.intent)) return
  const isPlanned = before.intent?.kind === 'traffic' && before.intent.purpose === 'shift'
  await change(r, lease, { nowMs }, { intent: isPlanned ? before.intent : null }, { verb: 'rollout.call_refused', message })
}
