import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { wake } from '#lib/engine/jobs.ts'
import { isOpen } from '#lib/gates/registry.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Parsed, Unmet } from '#lib/platform/endpoint.ts'
import { AppError, refused } from '#lib/platform/errors.ts'
import type { cancelPromotion, decidePromotion, overridePromotion, PromotionView, startPromotion, withdrawApproval } from '#lib/promotions/contract.ts'
import { refusalsOf } from '#lib/promotions/permission.ts'
import { changesSince, refreshContent } from '#lib/promotions/replan.ts'
import { visiblePromotion } from '#lib/promotions/read.ts'
import type { PromotionAction } from '#lib/promotions/state.ts'
import { endPromotion, Journal, lockPromotion, type Override, type PromotionRow, savePromotion } from '#lib/promotions/store.ts'
import { isGone, loadSubject, type Subject } from '#lib/promotions/subject.ts'
import { actionFacts, approvalsOf, promotionView } from '#lib/promotions/view.ts'
import { standingOf, startOf, type Standing } from '#lib/promotions/waiting.ts'
import { transact } from '#lib/rollouts/transact.ts'

/** An override is for tonight: what has not started by then needs a new one. */
const overrideMs = 3_600_000

type Turn = { tx: Tx; journal: Journal; row: PromotionRow; subject: Subject; standing: Standing; atMs: number }
type Command<I> = (turn: Turn, actor: Actor, input: I) => Promise<void>
type Options<I> = { action: (input: I) => PromotionAction; /** Already so: answers the promotion and writes nothing. */ isDone?: (row: PromotionRow, input: I) => boolean }

/**
 * Every change a person makes to a promotion: lock, read everything again, refuse with all reasons at once, write, audit
 * and wake, in one transaction. Content that moved meanwhile voids approvals first, and that stays whatever comes after.
 */
async function command<I extends { id: string; contentHash?: string | undefined }>(actor: Actor, input: I, options: Options<I>, work: Command<I>): Promise<PromotionView> {
  await visiblePromotion(actor, input.id)
  const changed = await transact(async (tx) => {
    const row = await lockPromotion(tx, input.id)
    if (!row) throw new AppError('not_found', `promotion ${input.id} not found`)
    if (options.isDone?.(row, input)) return null
    const subject = await loadSubject(tx, row.releaseId, row.environmentId)
    if (isGone(subject)) throw new AppError('conflict', subject.gone)
    const journal = new Journal()
    const atMs = await nowMs(tx)
    const waits = row.state === 'pending' || row.state === 'ready'
    const fresh = waits ? await refreshContent(tx, journal, row, subject, atMs) : row
    if (fresh !== row && bindsContent(options.action(input))) {
      await wake(tx, 'promotion', row.id)
      await journal.write(tx)
      return row.contentHash
    }
    const turn: Turn = { tx, journal, row: fresh, subject, standing: await standingOf(tx, fresh, subject, atMs), atMs }
    await check(turn, actor, options.action(input))
    if (input.contentHash !== undefined && input.contentHash !== fresh.contentHash) throw await contentChanged(row.id, input.contentHash, tx)
    await work(turn, actor, input)
    await wake(tx, 'promotion', row.id)
    await journal.write(tx)
    return null
  })
  if (changed !== null) throw await contentChanged(input.id, changed)
  const view = await promotionView(actor, input.id)
  if (!view) throw new Error(`promotion ${input.id} vanished`)
  return view
}

/** Cancelling and rejecting end it, and an approval is withdrawn whatever it was given for: for these it does not matter what it would ship by now. */
const bindsContent = (action: PromotionAction): boolean => action === 'approve' || action === 'start' || action === 'override'

const contentChanged = (id: string, seenHash: string, tx?: Tx): Promise<AppError> =>
  (tx ? changesSince(tx, id, seenHash) : transact((own) => changesSince(own, id, seenHash))).then(
    (changed) => new AppError('content_changed', `this is not the content you looked at${changed.length > 0 ? `; changed: ${changed.join('; ')}` : ''}. Read it again before you decide`),
  )

const messages: Record<PromotionAction, string> = { approve: 'cannot be approved by you now', reject: 'cannot be rejected by you now', withdraw: 'has no approval that you can withdraw now', start: 'cannot be started now', cancel: 'cannot be cancelled', override: 'cannot be overridden' }

async function check({ tx, row, subject, standing }: Turn, actor: Actor, action: PromotionAction): Promise<void> {
  const approvals = await approvalsOf(tx, row.id)
  const facts = actionFacts(row, { rules: subject.content.policy.approvals, standing, approvals, createdById: subject.release.createdById, start: startOf(row, subject) })
  // A waiting promotion whose time ran out is over, although its worker has not said so yet.
  const over: Unmet[] = standing.decision.kind === 'end' && action !== 'cancel' && action !== 'reject' && action !== 'withdraw' && (row.state === 'pending' || row.state === 'ready') ? [{ code: standing.decision.state, message: standing.decision.reason, who: null, opensAt: null }] : []
  const reasons = [...over, ...refusalsOf(action, actor, facts)]
  if (reasons.length === 0) return
  throw reasons.some((r) => r.code === 'role')
    ? new AppError('forbidden', `${actor.name} may not ${action} this promotion: ${reasons.map((r) => r.message).join('; ')}`, { unmet: reasons })
    : refused(`${row.release.version} to ${row.environment.slug} ${messages[action]}: ${reasons.map((r) => r.message).join('; ')}`, reasons)
}

/** Approve or reject exactly this content. */
export const decide = (actor: Actor, input: Parsed<typeof decidePromotion>): Promise<PromotionView> =>
  command(actor, input, { action: (i) => i.decision }, async (turn, by, i) => {
    const { tx, row, atMs, journal } = turn
    const comment = i.comment?.trim() || null
    await tx.approval.create({ data: { promotionId: row.id, personId: by.id, personName: by.name, decision: i.decision, contentHash: row.contentHash, comment, at: new Date(atMs) } })
    const approved = i.decision === 'approve'
    const message = `${by.name} ${approved ? 'approved' : 'rejected'} ${row.release.version} for ${row.environment.slug}${by.kind === 'token' ? ' with a token' : ''}`
    if (!approved) {
      await endPromotion(tx, journal, row, { state: 'rejected', reason: [`by ${by.name}`, comment].filter(Boolean).join(': '), actor: by, atMs, message })
      return
    }
    const saved = await savePromotion(tx, row, {})
    journal.add(saved, { actor: by, verb: 'promotion.approve', reason: comment, message, after: { contentHash: row.contentHash }, atMs })
  })

/** Withdraws one's own approval before the rollout starts. A start that was asked for rested on it, and is asked for anew. */
export const withdraw = (actor: Actor, input: Parsed<typeof withdrawApproval>): Promise<PromotionView> =>
  command(actor, input, { action: () => 'withdraw' }, async ({ tx, row, atMs, journal }, by, i) => {
    const reason = i.reason ?? null
    await tx.approval.updateMany({ where: { promotionId: row.id, rolloutId: null, personId: by.id, decision: 'approve', voidedAt: null }, data: { voidedAt: new Date(atMs), voidReason: [`withdrawn by ${by.name}`, reason].filter(Boolean).join(': ') } })
    const saved = await savePromotion(tx, row, { startRequested: Prisma.DbNull })
    journal.add(saved, { actor: by, verb: 'promotion.withdraw', reason, message: `${by.name} withdrew the approval of ${row.release.version} for ${row.environment.slug}`, before: { contentHash: row.contentHash }, atMs })
  })

/** Starts a ready promotion that waits for a person. */
export const start = (actor: Actor, input: Parsed<typeof startPromotion>): Promise<PromotionView> =>
  command(actor, input, { action: () => 'start', isDone: (row) => row.state === 'rolling_out' || (row.state === 'ready' && row.startRequested !== null) }, async ({ tx, row, atMs, journal }, by, i) => {
    const reason = i.reason ?? null
    const saved = await savePromotion(tx, row, { startRequested: { by: by.name, byId: by.id, at: new Date(atMs).toISOString(), reason } })
    journal.add(saved, { actor: by, verb: 'promotion.start', reason, message: `${by.name} started ${row.release.version} in ${row.environment.slug}`, atMs })
  })

/** Withdraws a promotion that has not started. */
export const cancel = (actor: Actor, input: Parsed<typeof cancelPromotion>): Promise<PromotionView> =>
  command(actor, input, { action: () => 'cancel', isDone: (row) => row.state === 'cancelled' }, async ({ tx, row, atMs, journal }, by, i) => {
    await endPromotion(tx, journal, row, { state: 'cancelled', reason: [`by ${by.name}`, i.reason].filter(Boolean).join(': '), actor: by, atMs, message: `${by.name} cancelled ${row.release.version} for ${row.environment.slug}` })
  })

/** Break-glass: passes the open gates of exactly this content for an hour, and starts. Never a hold, a veto or a newer release. */
export const override = (actor: Actor, input: Parsed<typeof overridePromotion>): Promise<PromotionView> =>
  command(actor, input, { action: () => 'override' }, async ({ tx, row, standing, atMs, journal }, by, i) => {
    if (i.reason === undefined) throw new AppError('invalid_input', 'an override needs a reason, 1 to 500 characters', { field: 'reason' })
    const at = new Date(atMs).toISOString()
    const gates = standing.gates.filter((g) => !isOpen(g)).map((g) => `${g.kind}: ${g.name}`)
    const given: Override = { by: by.name, byId: by.id, at, reason: i.reason, contentHash: row.contentHash, expiresAt: new Date(atMs + overrideMs).toISOString(), gates, voidedAt: null, reviewedAt: null, review: null }
    const saved = await savePromotion(tx, row, { override: given as Prisma.InputJsonObject, startRequested: { by: by.name, byId: by.id, at, reason: i.reason } })
    journal.add(saved, { actor: by, verb: 'promotion.override', reason: i.reason, message: `${by.name} broke the glass for ${row.release.version} in ${row.environment.slug}; passes ${gates.join(', ') || 'no open gate'}`, after: given, atMs })
  })
