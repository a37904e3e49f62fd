import 'server-only'
import { createHash } from 'node:crypto'
import { type Actor, authorise, can, forbidden, mayOperate } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { describeSplit, withSplit } from '#lib/engine/traffic.ts'
import type { Observation } from '#lib/drivers/runtime.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Parsed, Unmet } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import { isoOf } from '#lib/platform/time.ts'
import { createRollout } from '#lib/rollouts/create.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import type { RolloutPlan, Split, TrafficEntry } from '#lib/rollouts/schema.ts'
import { findRollout } from '#lib/rollouts/store.ts'
import { viewOf } from '#lib/rollouts/view.ts'
import { placeOfTarget, refuseRetired, visibleTarget } from '#lib/targets/access.ts'
import type { planSplit, SplitPlan, writeSplit } from '#lib/targets/contract.ts'
import { withdrawnText } from '#lib/targets/decide.ts'
import { whoMayUnhold } from '#lib/targets/holds.ts'
import type { KnownRevision } from '#lib/targets/schema.ts'
import { knownRevisions, locatorOfRow, type TargetRow } from '#lib/targets/store.ts'
import { observeAndJudge } from '#lib/targets/watch.ts'

/** A rollout without steps: one write, read back. */
export const oneWritePlan = (t: TargetRow): RolloutPlan => ({
  service: t.service.slug, provider: 'cloud-run', locator: locatorOfRow(t), metrics: null, strategy: '', steps: [], config: {}, image: '', digest: '',
  analysis: { notEnoughData: { afterMs: 0, then: 'ask' }, cannotMeasure: { afterMs: 0, then: 'ask' }, rules: [] },
})

export const hashOf = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex')

type Seen = { name: string; digest: string | null }

/** Giving a held version more is shipping it again; giving it less is the way back. */
export const againstHold = (t: Pick<TargetRow, 'holds'>, split: Split, before: Split, revisions: readonly Seen[]): Unmet[] =>
  revisions.flatMap(({ name, digest }) => {
    const hold = t.holds.find((h) => digest !== null && h.digests.includes(digest))
    return hold && (split[name] ?? 0) > (before[name] ?? 0) ? [unmet('hold', `${name} is held here: ${hold.reason}`, whoMayUnhold)] : []
  })

/** Sending more to what was taken out of use is a person's to decide, knowing it. */
export const warningsOf = (split: Split, before: Split, known: readonly KnownRevision[]): string[] => known.filter((k) => (split[k.name] ?? 0) > (before[k.name] ?? 0)).flatMap((k) => withdrawnText(k) ?? [])

/** Every reason against a split: unknown or unready revisions, held digests, a sum that is not 100. */
async function against(t: TargetRow, split: Split, before: Split, revisions: readonly { name: string; ready: boolean; message: string | null; digest: string | null }[]): Promise<Unmet[]> {
  const out: Unmet[] = []
  const sum = Object.values(split).reduce((a, b) => a + b, 0)
  if (sum !== 100) throw new AppError('invalid_input', `the percents of a split sum to 100; these sum to ${sum}`, { field: 'split' })
  for (const [name, percent] of Object.entries(split)) {
    const r = revisions.find((x) => x.name === name)
    if (!r) throw new AppError('invalid_input', `${name} is not a revision of this service; it has ${revisions.slice(0, 5).map((x) => x.name).join(', ')}${revisions.length > 5 ? ', …' : ''}`, { field: `split.${name}` })
    if (percent === 0) continue
    if (!r.ready) out.push(unmet('not_ready', `${name} is not ready${r.message ? `: ${r.message}` : ''}`))
  }
  out.push(...againstHold(t, split, before, revisions))
  const open = t.rollouts[0]
  if (open) out.push(unmet('target_busy', `rollout ${open.id} owns this target: abort it or wait`))
  return out
}

/** Toward stable: everything that is not stable gets the same or less. */
export const isTowardStable = (t: Pick<TargetRow, 'stableRevision'>, before: Split, after: Split): boolean =>
  t.stableRevision !== null && Object.entries(after).every(([name, p]) => name === t.stableRevision || p <= (before[name] ?? 0))

/** What a split by hand writes, and the live service that it was planned on: it is written on that one or not at all. */
export type Planned = { split: Split; traffic: TrafficEntry[]; on: Pick<Observation, 'etag' | 'split'> }

async function planFor(t: TargetRow, split: Split): Promise<{ shown: SplitPlan; planned: Planned }> {
  const { observation: o, revisions } = await observeAndJudge(t.id, { maxAgeMs: 0 })
  const known = (await knownRevisions([t.id])).get(t.id) ?? []
  if (!o.exists) throw new AppError('conflict', 'the service does not exist yet: its first release creates it')
  const traffic = withSplit(o.traffic, split, o.latestReady)
  const write = traffic.map((e) => ({ revision: e.revision, percent: e.percent, tag: e.tag }))
  const refusals = await against(t, split, o.split, revisions)
  if (!o.settled) refusals.push(unmet('reconciling', 'the service is settling another change'))
  const tags = traffic.filter((e) => e.tag !== null)
  const shown = {
    planHash: hashOf({ target: t.id, etag: o.etag, write }), before: o.split, after: split, write, etag: o.etag, refusals, warnings: warningsOf(split, o.split, known), towardStable: isTowardStable(t, o.split, split),
    stays: [tags.length === 1 ? '1 tag' : `${tags.length} tags`, 'scaling, settings and unknown fields'],
  }
  return { shown, planned: { split, traffic, on: o } }
}

export async function plan(actor: Actor, input: Parsed<typeof planSplit>): Promise<SplitPlan> {
  const t = await visibleTarget(actor, input.id)
  authorise(actor, 'view', placeOfTarget(t))
  refuseRetired(t)
  return (await planFor(t, input.split)).shown
}

/**
 * What the plan showed is exactly what is written, or it is refused: the plan's hash covers the live etag and the list,
 * and the rollout carries both, so that a change between this look and the write is not written over either.
 */
export async function shift(actor: Actor, input: Parsed<typeof writeSplit>): Promise<RolloutView> {
  const t = await visibleTarget(actor, input.id)
  if (!can(actor, 'operate', placeOfTarget(t)) && !mayOperate(actor, placeOfTarget(t), true)) throw forbidden(actor, 'operate', 'shift traffic')
  refuseRetired(t)
  const { shown: p, planned } = await planFor(t, input.split)
  if (!mayOperate(actor, placeOfTarget(t), p.towardStable)) throw forbidden(actor, 'operate', 'give a revision other than stable more traffic')
  if (p.planHash !== input.planHash) throw new AppError('plan_changed', 'the live service or the plan changed: plan again', { ref: { planHash: p.planHash } })
  if (p.refusals.length > 0) throw refused('this split cannot be written now', p.refusals)
  const id = await startShift(actor, t, planned, input.reason, p.warnings)
  const r = await findRollout(id)
  if (!r) throw new Error('a rollout just made is gone')
  return { ...(await viewOf(r, actor)), ...(p.warnings.length > 0 && { warnings: p.warnings }) }
}

export async function startShift(actor: Actor, t: TargetRow, { split, traffic, on }: Planned, reason: string, warnings: readonly string[] = []): Promise<string> {
  const now = await nowMs()
  const known = (await knownRevisions([t.id])).get(t.id) ?? []
  const stable = known.find((k) => k.name === t.stableRevision)
  const shares = Object.fromEntries(Object.entries(split).filter(([, p]) => p > 0))
  const body = { target: t.id, split: shares }
  return db.$transaction(async (tx) => {
    const [row] = await tx.$queryRaw<{ version: number; epoch: number }[]>`select version, epoch from target where id = ${t.id}::uuid for update`
    // A rollback may have come and gone while the cloud was read: what was intended then must not be written over it.
    if (row?.version !== t.version) throw new AppError('plan_changed', 'this target changed while this was asked: look at it again')
    const id = await createRollout(tx, {
      targetId: t.id, kind: 'shift', promotionId: null, releaseId: null, groupIndex: 0, plan: oneWritePlan(t), contentHash: hashOf(body), candidate: null,
      stable: stable ? { revision: stable.name, digest: stable.digest ?? '', image: '', releaseId: stable.releaseId, version: stable.version } : null,
      desiredSplit: shares, intent: { kind: 'traffic', purpose: 'shift', traffic, epoch: row.epoch, at: isoOf(now), etag: on.etag, called: false },
      createdBy: actor.name, createdById: actor.id, nowMs: now,
    })
    await record(tx, { chain: t.environment.application.slug, actor, verb: 'target.shift_requested', subject: { kind: 'rollout', id }, also: [`target:${t.id}`], reason, message: [`requested: ${describeSplit(shares)}`, ...warnings].join('; '), before: on.split, after: shares, atMs: now })
    return id
  })
}
