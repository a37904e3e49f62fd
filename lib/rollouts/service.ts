import 'server-only'
import { type Actor, authorise, can } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Output, Parsed, Unmet } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import { isoOf } from '#lib/platform/time.ts'
import { isId } from '#lib/platform/id.ts'
import { pageArgs, pageOf, withCursor } from '#lib/releases/page.ts'
import { describe, placeOf, refusals } from '#lib/rollouts/actions.ts'
import { isHeldAtEnd, lastWeightIndex, runAgainFrom } from '#lib/rollouts/at-end.ts'
import { bakeAgain } from '#lib/rollouts/bake-again.ts'
import { adoptLive, refuseIfMoved, restoreIntended, startFromLive } from '#lib/rollouts/outside.ts'
import type { approveRolloutStep, listRollouts, pauseRollout, RolloutSummary, RolloutView, viewRollout } from '#lib/rollouts/contract.ts'
import { isEnd, mayAct, type RolloutAction, rolloutStates, towardStable } from '#lib/rollouts/state.ts'
import { findRollout, findRolloutIds, type Patch, type RolloutRow, saveRollout, StaleWrite } from '#lib/rollouts/store.ts'
import { findRolloutSummaries } from '#lib/rollouts/summaries.ts'
import { turnBack } from '#lib/rollouts/supersede.ts'
import type { Seen } from '#lib/targets/observe.ts'
import { notEligible, summaryOf, viewOf } from '#lib/rollouts/view.ts'
import { headline } from '#lib/rollouts/words.ts'

/** How often a move that lost a race is read again and tried; pause and abort are never refused for an old version. */
const attempts = 5

/** The rollout, for whoever may view it. Throws not_found. */
export async function visible(actor: Actor, id: string): Promise<RolloutRow> {
  const r = await findRollout(id)
  // What may not be seen is not there: ids of others tell nothing.
  if (!r || !can(actor, 'view', placeOf(r))) throw new AppError('not_found', `rollout ${id} not found`)
  return r
}

export async function view(actor: Actor, { id }: Parsed<typeof viewRollout>): Promise<RolloutView> {
  return viewOf(await visible(actor, id), actor)
}

export async function list(actor: Actor, input: Parsed<typeof listRollouts>): Promise<Output<typeof listRollouts>> {
  const states = input.state?.split(',').filter(Boolean)
  const bad = states?.find((s) => !(rolloutStates as readonly string[]).includes(s))
  if (bad) throw new AppError('invalid_input', `state is one of ${rolloutStates.join(', ')}`, { field: 'state' })
  if (input.target !== undefined && !isId(input.target)) return { items: [], nextCursor: null }
  const found = await findRolloutIds({
    where: withCursor<Prisma.RolloutWhereInput>({
      ...(states && { state: { in: states as RolloutRow['state'][] } }),
      ...(input.target && { targetId: input.target }),
      target: {
        environment: { ...(input.environment && { slug: input.environment }), ...(input.application && { application: { slug: input.application } }), ...visibleEnvironments(actor) },
      },
    }, input.cursor),
    page: pageArgs(input),
    sort: input.sort,
  })
  const page = pageOf(found, input.limit)
  return { items: await summaries(actor, page.rows.map((r) => r.id)), nextCursor: page.nextCursor }
}

/** Environments whose objects this actor may view; a grant of everywhere needs no condition. */
export function visibleEnvironments(actor: Actor) {
  if (can(actor, 'view', { applicationId: null })) return {}
  const grants = actor.grants.filter((g) => can(actor, 'view', g))
  return { OR: grants.map((g) => ({ ...(g.applicationId && { applicationId: g.applicationId }), ...(g.environmentId && { id: g.environmentId }) })) }
}

/** Summaries of these rollouts in this order, as far as the actor may see them. */
export async function summaries(actor: Actor, ids: readonly string[]): Promise<RolloutSummary[]> {
  if (ids.length === 0) return []
  const rows = new Map((await findRolloutSummaries(Prisma.sql`o.id = any(${[...ids]}::uuid[])`)).map((r) => [r.id, r]))
  return ids.flatMap((id) => rows.get(id) ?? []).filter((r) => can(actor, 'view', r)).map(summaryOf)
}

type ActInput = Parsed<typeof pauseRollout>

/** One action for all: seen, allowed, legal by the table, on the version the caller saw, then a compare-and-set. */
async function act(actor: Actor, input: ActInput, action: RolloutAction, move: (tx: Tx, r: RolloutRow, now: number) => Promise<void>): Promise<RolloutView> {
  for (let i = 1; ; i++) {
    const r = await visible(actor, input.id)
    const legal = mayAct(action, { state: r.state, hold: r.hold?.code ?? null, stepKind: r.plan.steps[r.stepIndex]?.kind ?? null, givesWay: r.supersededById !== null })
    const reasons = refusals(r, actor, action)
    if (reasons.some((x) => x.code === 'role')) throw new AppError('forbidden', `you may not ${action} here`, { unmet: reasons })
    if (legal.kind === 'already') return viewOf(r, actor)
    const ignoresVersion = towardStable.includes(action) && action !== 'restore'
    if (!ignoresVersion && input.version !== undefined && input.version !== r.version) throw stale(r, reasons)
    if (reasons.length > 0) throw refused(`cannot ${action} now`, reasons)
    try {
      // Asked and not remembered: a bake that begins again begins here, and another process may just have moved the clock.
      const now = await nowMs(db)
      await db.$transaction((tx) => move(tx, r, now))
      return viewOf(await visible(actor, input.id), actor)
    } catch (e) {
      if (!(e instanceof StaleWrite)) throw e
      if (i >= attempts) throw stale(r)
    }
  }
}

const stale = (r: RolloutRow, reasons: readonly Unmet[] = []) => new AppError('stale_version', `the rollout moved on since you read it, and nothing was done. ${headline(r)}`, { unmet: reasons, ref: { version: String(r.version), state: r.state } })

async function save(tx: Tx, actor: Actor, r: RolloutRow, patch: Patch, verb: string, message: string, reason: string | undefined, now: number): Promise<void> {
  const version = await saveRollout(tx, r, patch, true)
  await wake(tx, 'rollout', r.id)
  await publish(tx, 'rollout', r.id, version)
  await record(tx, { chain: r.target.application, actor, verb, subject: { kind: 'rollout', id: r.id }, also: subjectsOf(r), reason: reason ?? null, message, before: { state: r.state, hold: r.hold?.code ?? null }, after: { state: patch.state ?? r.state }, atMs: now })
}

const subjectsOf = (r: RolloutRow): string[] => [`target:${r.targetId}`, ...(r.promotionId ? [`promotion:${r.promotionId}`] : []), ...(r.releaseId ? [`release:${r.releaseId}`] : [])]

/** A rollout that was going back when it was held goes on back: a weight never rises after that. */
const onward = (r: RolloutRow): 'rolling_back' | 'running' => (r.endReason === null ? 'running' : 'rolling_back')

export const pause = (actor: Actor, input: ActInput) => act(actor, input, 'pause', (tx, r, now) => save(tx, actor, r, { state: 'paused' }, 'rollout.paused', 'paused', input.reason, now))
export const resume = (actor: Actor, input: ActInput) => act(actor, input, 'resume', (tx, r, now) => save(tx, actor, r, { state: 'running' }, 'rollout.resumed', 'resumed', input.reason, now))
export const retry = (actor: Actor, input: ActInput) => act(actor, input, 'retry', (tx, r, now) => save(tx, actor, r, { state: onward(r), hold: null, errors: 0, runs: r.runs.map((run, i) => (i === r.stepIndex && run.state === 'running' ? { ...run, startedAt: new Date(now).toISOString() } : run)) }, 'rollout.retried', 'tried again', input.reason, now))
export const abort = (actor: Actor, input: ActInput) => act(actor, input, 'abort', async (tx, r, now) => void (await turnBack(tx, r, actor, input.reason ?? null, now)))

export const advance = async (actor: Actor, input: ActInput) => {
  if (!input.reason) throw new AppError('invalid_input', 'advance skips data that was asked for: say why', { field: 'reason' })
  return act(actor, input, 'advance', (tx, r, now) => {
    const at = new Date(now).toISOString()
    const message = `advanced by ${actor.name}: ${input.reason ?? ''}`
    const runs = r.runs.map((run, i) => (i === r.stepIndex ? { ...run, state: 'passed' as const, endedAt: at, message, tries: [...run.tries, { startedAt: run.startedAt ?? at, endedAt: at, outcome: message }] } : run))
    return save(tx, actor, r, { state: 'running', hold: null, runs, stepIndex: r.stepIndex + 1 }, 'rollout.advanced', message, input.reason, now)
  })
}

/** Who may not act causes no read of the cloud either; act() says why. */
async function readFor(actor: Actor, id: string, action: 'adopt' | 'restore'): Promise<Seen | null> {
  const r = await visible(actor, id)
  return refusals(r, actor, action).length === 0 ? adoptLive.read(r) : null
}

/** The live split, read now, becomes the intended one. With every step done there is nothing to go on with: it ends there. */
export const adopt = async (actor: Actor, input: ActInput) => {
  const seen = await readFor(actor, input.id, 'adopt')
  return act(actor, input, 'adopt', async (tx, r, now) => {
    if (!seen) throw new StaleWrite('it became held while this was asked')
    if (isHeldAtEnd(r)) return endHere(tx, actor, r, seen, input.reason, now)
    await adoptLive.write(tx, r, seen)
    await save(tx, actor, r, { state: onward(r), hold: null, observedSplit: seen.observation.split, desiredSplit: seen.observation.split, observedAt: new Date(seen.atMs), runs: bakeAgain(r, seen.observation.split, isoOf(now), 'the live split was adopted') }, 'rollout.adopted', 'the live split was adopted as the intended one', input.reason, now)
  })
}

/** Neither proven nor found bad: the revision keeps no mark of it, stable stays stable, and what is live is intended. */
async function endHere(tx: Tx, actor: Actor, r: RolloutRow, seen: Seen, reason: string | undefined, now: number): Promise<void> {
  refuseIfMoved(r, seen)
  await adoptLive.write(tx, r, seen)
  const where = seen.observation.exists ? ` at ${describe(seen.observation.split)}` : ': the service stays deleted'
  // Before the log's chain is locked, as everywhere: whoever drives a service of the same promotion goes in that order.
  if (r.promotionId) await wake(tx, 'promotion', r.promotionId)
  await publish(tx, 'target', r.targetId, 0)
  await save(tx, actor, r, { state: 'cancelled', hold: null, intent: null, observedSplit: seen.observation.split, observedAt: new Date(seen.atMs), endReason: `ended by ${actor.name}${where}`, endedAt: new Date(now), leaseUntil: null, wakeAt: null }, 'rollout.ended_short', `ended here${where}; nothing was written`, reason, now)
}

/** The engine writes the intended split over what it finds then; with every step done that is 100%, watched once more. */
export const restore = async (actor: Actor, input: ActInput) => {
  const seen = await readFor(actor, input.id, 'restore')
  return act(actor, input, 'restore', async (tx, r, now) => {
    if (!seen) throw new StaleWrite('it became held while this was asked')
    if (isHeldAtEnd(r)) return sendAll(tx, actor, r, seen, input.reason, now)
    await save(tx, actor, r, { state: onward(r), hold: null, intent: restoreIntended(r, seen, now) }, 'rollout.restore_requested', 'requested: the intended split is written again', input.reason, now)
  })
}

/** Back to the step that sends 100%, from the live split: its own checks and the steps after it decide once more. */
async function sendAll(tx: Tx, actor: Actor, r: RolloutRow, seen: Seen, reason: string | undefined, now: number): Promise<void> {
  refuseIfMoved(r, seen)
  await startFromLive(tx, r, seen)
  const stepIndex = lastWeightIndex(r)
  await save(tx, actor, r, { state: 'running', hold: null, stepIndex, runs: runAgainFrom(stepIndex, r.runs), errors: 0 }, 'rollout.restore_requested', `requested: 100% to ${r.candidate?.revision ?? 'the candidate'}, from ${describe(seen.observation.split)}; the steps after that run again`, reason, now)
}

/** A decision on an approve step, bound to the content that runs. One person counts once; a second decision replaces the first. */
export async function decideStep(actor: Actor, input: Parsed<typeof approveRolloutStep>): Promise<RolloutView> {
  const r = await visible(actor, input.id)
  authorise(actor, 'approve', placeOf(r), 'decide on this step')
  const step = r.plan.steps[r.stepIndex]
  if (isEnd(r.state) || step?.kind !== 'approve') throw refused('no step waits for approval', [unmet('state', `the rollout is ${r.state}${step ? `, its step is ${step.kind}` : ''}`)])
  if (input.contentHash !== r.contentHash) throw new AppError('content_changed', 'this is not what runs: read the rollout again', { ref: { contentHash: r.contentHash } })
  const reasons = await notEligible(r, step.rule, actor)
  if (reasons.length > 0) throw refused('you cannot decide on this step', reasons)
  const now = await nowMs(db)
  await db.$transaction(async (tx) => {
    await tx.approval.updateMany({ where: { rolloutId: r.id, stepIndex: r.stepIndex, personId: actor.id, voidedAt: null }, data: { voidedAt: new Date(now), voidReason: 'decided again' } })
    await tx.approval.create({ data: { rolloutId: r.id, stepIndex: r.stepIndex, personId: actor.id, personName: actor.name, decision: input.decision, contentHash: input.contentHash, comment: input.comment ?? null, at: new Date(now) } })
    await wake(tx, 'rollout', r.id)
    await publish(tx, 'rollout', r.id, r.version)
    await record(tx, { chain: r.target.application, actor, verb: `rollout.step_${input.decision === 'approve' ? 'approved' : 'rejected'}`, subject: { kind: 'rollout', id: r.id }, also: subjectsOf(r), reason: input.comment ?? null, message: `${input.decision === 'approve' ? 'approved' : 'rejected'} "${step.rule.name}"`, atMs: now })
  })
  return view(actor, { id: r.id })
}
