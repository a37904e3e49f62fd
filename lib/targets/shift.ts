import 'server-only'
import { createHash } from 'node:crypto'
import { type Actor, authorise, can, forbidden, mayOperate } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { describeSplit, withSplit } from '#lib/engine/traffic.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Parsed, Unmet } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import type { RolloutPlan, Split } from '#lib/rollouts/schema.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { viewOf } from '#lib/rollouts/view.ts'
import { placeOfTarget, refuseRetired, visibleTarget } from '#lib/targets/access.ts'
import type { planSplit, SplitPlan, writeSplit } from '#lib/targets/contract.ts'
import { observeTarget } from '#lib/targets/observe.ts'
import { knownRevisions, locatorOfRow, type TargetRow } from '#lib/targets/store.ts'

/** A rollout without steps: one write, read back. */
export const oneWritePlan = (t: TargetRow): RolloutPlan => ({
  service: t.service.slug, provider: 'cloud-run', locator: locatorOfRow(t), metrics: null, strategy: '', steps: [], config: {}, image: '', digest: '',
  analysis: { notEnoughData: { afterMs: 0, then: 'ask' }, cannotMeasure: { afterMs: 0, then: 'ask' }, rules: [] },
})

export const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

/** Every reason against a split: unknown or unready revisions, held digests, a sum that is not 100. */
async function against(t: TargetRow, split: Split, before: Split, revisions: readonly { name: string; ready: boolean; message: string | null; digest: string | null }[]): Promise<Unmet[]> {
  const out: Unmet[] = []
  const sum = Object.values(split).reduce((a, b) => a + b, 0)
  if (sum !== 100) throw new AppError('invalid_input', `the percents of a split sum to 100; these sum to ${sum}`, { field: 'split' })
  const held = new Set(t.holds.flatMap((h) => h.digests))
  for (const [name, percent] of Object.entries(split)) {
    const r = revisions.find((x) => x.name === name)
    if (!r) throw new AppError('invalid_input', `${name} is not a revision of this service; it has ${revisions.slice(0, 5).map((x) => x.name).join(', ')}${revisions.length > 5 ? ', …' : ''}`, { field: `split.${name}` })
    if (percent === 0) continue
    if (!r.ready) out.push(unmet('not_ready', `${name} is not ready${r.message ? `: ${r.message}` : ''}`))
    // Giving a held version more is shipping it again; giving it less is the way back.
    if (r.digest && held.has(r.digest) && percent > (before[name] ?? 0)) out.push(unmet('hold', `${name} is held here: ${t.holds[0]?.reason ?? ''}`, 'release_manager, on_call, admin (unhold)'))
  }
  const open = t.rollouts[0]
  if (open) out.push(unmet('target_busy', `rollout ${open.id} owns this target: abort it or wait`))
  return out
}

/** Toward stable: everything that is not stable gets the same or less. */
export const isTowardStable = (t: Pick<TargetRow, 'stableRevision'>, before: Split, after: Split): boolean =>
  t.stableRevision !== null && Object.entries(after).every(([name, p]) => name === t.stableRevision || p <= (before[name] ?? 0))

async function planFor(t: TargetRow, split: Split): Promise<SplitPlan> {
  const { observation: o, revisions } = await observeTarget(t.id, { maxAgeMs: 0 })
  if (!o.exists) throw new AppError('conflict', 'the service does not exist yet: its first release creates it')
  const traffic = withSplit(o.traffic, split, o.latestReady)
  const write = traffic.map((e) => ({ revision: e.revision, percent: e.percent, tag: e.tag }))
  const refusals = await against(t, split, o.split, revisions)
  if (!o.settled) refusals.push(unmet('reconciling', 'the service is settling another change'))
  const tags = traffic.filter((e) => e.tag !== null)
  return {
    planHash: hashOf({ target: t.id, etag: o.etag, write }), before: o.split, after: split, write, etag: o.etag, refusals, towardStable: isTowardStable(t, o.split, split),
    stays: [`${tags.length} tags`, 'scaling, settings and unknown fields'],
  }
}

export async function plan(actor: Actor, input: Parsed<typeof planSplit>): Promise<SplitPlan> {
  const t = await visibleTarget(actor, input.id)
  authorise(actor, 'view', placeOfTarget(t))
  refuseRetired(t)
  return planFor(t, input.split)
}

/** What the plan showed is exactly what is written, or it is refused: the plan's hash covers the live etag and the list. */
export async function shift(actor: Actor, input: Parsed<typeof writeSplit>): Promise<RolloutView> {
  const t = await visibleTarget(actor, input.id)
  if (!can(actor, 'operate', placeOfTarget(t)) && !mayOperate(actor, placeOfTarget(t), true)) throw forbidden(actor, 'operate', 'shift traffic')
  refuseRetired(t)
  const p = await planFor(t, input.split)
  if (!mayOperate(actor, placeOfTarget(t), p.towardStable)) throw forbidden(actor, 'operate', 'give a revision other than stable more traffic')
  if (p.planHash !== input.planHash) throw new AppError('plan_changed', 'the live service or the plan changed: plan again', { ref: { planHash: p.planHash } })
  if (p.refusals.length > 0) throw refused('this split cannot be written now', p.refusals)
  const id = await startShift(actor, t, input.split, input.reason, p.before)
  const r = await findRollout(id)
  if (!r) throw new Error('a rollout just made is gone')
  return viewOf(r, actor)
}

export async function startShift(actor: Actor, t: TargetRow, split: Split, reason: string, before?: Split): Promise<string> {
  const now = await nowMs()
  const known = (await knownRevisions([t.id])).get(t.id) ?? []
  const stable = known.find((k) => k.name === t.stableRevision)
  const shares = Object.fromEntries(Object.entries(split).filter(([, p]) => p > 0))
  const body = { target: t.id, split: shares }
  return db.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<{ version: number }[]>`select version from target where id = ${t.id}::uuid for update`
    // A rollback may have come and gone while the cloud was read: what was intended then must not be written over it.
    if (row?.version !== t.version) throw new AppError('plan_changed', 'this target changed while this was asked: look at it again')
    const id = await createRollout(tx, {
      targetId: t.id, kind: 'shift', promotionId: null, releaseId: null, groupIndex: 0, plan: oneWritePlan(t), contentHash: hashOf(body), candidate: null,
      stable: stable ? { revision: stable.name, digest: stable.digest ?? '', image: '', releaseId: stable.releaseId, version: stable.version } : null,
      desiredSplit: shares, createdBy: actor.name, createdById: actor.id, nowMs: now,
    })
    await record(tx, { chain: t.environment.application.slug, actor, verb: 'target.shift_requested', subject: { kind: 'rollout', id }, also: [`target:${t.id}`], reason, message: `requested: ${describeSplit(shares)}`, before: before ?? null, after: shares, atMs: now })
    return id
  })
}

