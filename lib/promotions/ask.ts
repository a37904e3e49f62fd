import 'server-only'
import { authorise, can, type Actor } from '#lib/access/actor.ts'
import { wake } from '#lib/engine/jobs.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import { blockersOf } from '#lib/promotions/blockers.ts'
import type { createPromotion, planPromotion, PromotionPlan, PromotionView } from '#lib/promotions/contract.ts'
import { buildPlan } from '#lib/promotions/plan.ts'
import { findPromotion, Journal, lockEnvironment, shareRelease } from '#lib/promotions/store.ts'
import { isGone, loadSubject, type Subject } from '#lib/promotions/subject.ts'
import { promotionView } from '#lib/promotions/view.ts'
import { isId } from '#lib/platform/id.ts'
import { transact } from '#lib/rollouts/transact.ts'

type What = Parsed<typeof planPromotion>
type Input = Parsed<typeof createPromotion>

const wrong = (field: string, message: string) => new AppError('invalid_input', message, { field })

/** The release and the environment of its application that the caller names, as far as they may see them. */
async function locate(actor: Actor, input: What): Promise<{ releaseId: string; environmentId: string; applicationId: string; environment: string }> {
  const release = isId(input.release) ? await db.release.findUnique({ where: { id: input.release }, select: { id: true, applicationId: true } }) : null
  if (!release) throw wrong('release', `there is no release ${input.release}; name it by its id`)
  const environments = await db.environment.findMany({ where: { applicationId: release.applicationId, retiredAt: null }, orderBy: { position: 'asc' }, select: { id: true, slug: true } })
  const visible = environments.filter((e) => can(actor, 'view', { applicationId: release.applicationId, environmentId: e.id }))
  // Who may see nothing of the application gets the answer for an id that does not exist.
  if (visible.length === 0) throw wrong('release', `there is no release ${input.release}; name it by its id`)
  const environment = visible.find((e) => e.slug === input.environment)
  if (!environment) throw wrong('environment', `there is no environment ${input.environment} of this release's application; allowed: ${visible.map((e) => e.slug).join(', ') || 'none'}`)
  return { releaseId: release.id, environmentId: environment.id, applicationId: release.applicationId, environment: environment.slug }
}

async function subjectOf(tx: Tx, at: { releaseId: string; environmentId: string }): Promise<Subject> {
  const subject = await loadSubject(tx, at.releaseId, at.environmentId)
  if (isGone(subject)) throw wrong('environment', subject.gone)
  return subject
}

/** What would change against the live state, read now. */
export async function plan(actor: Actor, input: What): Promise<PromotionPlan> {
  const at = await locate(actor, input)
  const planned = await planFor(actor, await subjectOf(db, at))
  const open = await findOpen(db, { releaseId: at.releaseId, environmentId: at.environmentId })
  return open ? { ...planned, refusals: [...planned.refusals, unmet('already_open', `promotion ${open.id} of ${planned.release.version} to ${at.environment} is open already`)] } : planned
}

async function planFor(actor: Actor, subject: Subject): Promise<PromotionPlan> {
  const atMs = await nowMs()
  return buildPlan(subject, { promotionId: null, requestedById: actor.id, requestedAtMs: atMs, nowMs: atMs, overriddenBy: null })
}

/**
 * Asks for a release to be brought into an environment. Throws `refused` with every reason (veto, hold, a newer release
 * there), `already_open` with the id of the one that is, `plan_changed` when the world moved since the caller's plan.
 */
export async function create(actor: Actor, input: Input): Promise<PromotionView> {
  const at = await locate(actor, input)
  authorise(actor, 'propose', at, `ask for promotions to ${at.environment}`)
  const planned = await planFor(actor, await subjectOf(db, at))
  if (input.planHash !== undefined && input.planHash !== planned.planHash) throw planChanged()
  const id = await insert(actor, input, at, planned)
  const view = await promotionView(actor, id)
  if (!view) throw new Error(`promotion ${id} vanished after it was written`)
  return view
}

const planChanged = () => new AppError('plan_changed', 'what would change is not what this plan shows: the live state, the blueprint or the release changed since; plan again')
const alreadyOpen = (version: string, environment: string, id: string | null) => new AppError('already_open', `a promotion of ${version} to ${environment} is open already`, { ...(id !== null && { ref: { promotion: id } }) })

const findOpen = (tx: Tx, at: { releaseId: string; environmentId: string }) => tx.promotion.findFirst({ where: { ...at, state: { in: ['pending', 'ready', 'rolling_out'] } }, select: { id: true } })

async function insert(actor: Actor, input: Input, at: Awaited<ReturnType<typeof locate>>, planned: PromotionPlan): Promise<string> {
  try {
    return await transact((tx) => write(tx, actor, input, at, planned))
  } catch (error) {
    if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') throw error
    const open = await findOpen(db, { releaseId: at.releaseId, environmentId: at.environmentId })
    throw alreadyOpen(planned.release.version, at.environment, open?.id ?? null)
  }
}

async function write(tx: Tx, actor: Actor, input: Input, at: Awaited<ReturnType<typeof locate>>, planned: PromotionPlan): Promise<string> {
  await lockEnvironment(tx, at.environmentId)
  await shareRelease(tx, at.releaseId)
  const subject = await subjectOf(tx, at)
  const open = await findOpen(tx, { releaseId: at.releaseId, environmentId: at.environmentId })
  if (open) throw alreadyOpen(subject.release.version, at.environment, open.id)
  const blockers = await blockersOf(tx, subject)
  if (blockers.length > 0) throw refused(`${subject.release.version} cannot be promoted to ${at.environment}: ${blockers.map((b) => b.message).join('; ')}`, blockers)
  if (subject.contentHash !== planned.contentHash) throw planChanged()
  const atMs = await nowMs(tx)
  const start = input.start === 'manual' ? 'manual' : subject.content.policy.start
  const { id } = await tx.promotion.create({
    data: {
      releaseId: at.releaseId,
      environmentId: at.environmentId,
      requestedById: actor.id,
      requestedBy: actor.name,
      reason: input.reason?.trim() || null,
      start,
      // Plain data, made by schemas.
      content: subject.content as Prisma.InputJsonObject,
      contentHash: subject.contentHash,
      plan: planned as Prisma.InputJsonObject,
      gates: { views: planned.gates, unmet: planned.gates.flatMap((g) => g.unmet) },
      createdAt: new Date(atMs),
      wakeAt: new Date(atMs),
    },
    select: { id: true },
  })
  await wake(tx, 'promotion', id)
  const row = await findPromotion(tx, id)
  if (!row) throw new Error(`promotion ${id} vanished in its transaction`)
  const journal = new Journal()
  journal.add(row, {
    actor,
    verb: 'promotion.create',
    reason: row.reason,
    message: `${actor.name} asked for ${subject.release.version} in ${at.environment}`,
    after: { contentHash: subject.contentHash, start },
    atMs,
  })
  await journal.write(tx)
  return id
}
