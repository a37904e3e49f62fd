import 'server-only'
import { z } from 'zod'
import { systemActor, type Actor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { publish, wake } from '#lib/engine/jobs.ts'
import { GateView } from '#lib/gates/schema.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { Unmet } from '#lib/platform/endpoint.ts'
import { isPromotionEnd, type OverrideUse, type PromotionState } from '#lib/promotions/state.ts'

/** The worker acts by what people decided before; its rows in the audit log say so. */
export const promotionRule = systemActor('promotions', 'rule')

export const promotionShape = {
  release: { select: { id: true, version: true, commit: true, author: true, createdAt: true } },
  environment: { select: { id: true, slug: true, tier: true, application: { select: { id: true, slug: true } } } },
} satisfies Prisma.PromotionInclude
export type PromotionRow = Prisma.PromotionGetPayload<{ include: typeof promotionShape }>

export const findPromotion = (tx: Tx, id: string): Promise<PromotionRow | null> => tx.promotion.findUnique({ where: { id }, include: promotionShape })

/**
 * Locks the environment, then the promotion, then shares the release: everybody who starts, ends or changes a promotion
 * here takes turns, always in this order. Null when there is no such promotion.
 */
export async function lockPromotion(tx: Tx, id: string): Promise<PromotionRow | null> {
  const [place] = await tx.$queryRaw<{ environment_id: string; release_id: string }[]>`select environment_id, release_id from promotion where id = ${id}::uuid`
  if (!place) return null
  await lockEnvironment(tx, place.environment_id)
  await tx.$queryRaw`select 1 from promotion where id = ${id}::uuid for no key update`
  await shareRelease(tx, place.release_id)
  return findPromotion(tx, id)
}

export async function lockEnvironment(tx: Tx, id: string): Promise<void> {
  await tx.$queryRaw`select 1 from environment where id = ${id}::uuid for no key update`
}

/** A veto waits until we committed, or we see it. */
export async function shareRelease(tx: Tx, id: string): Promise<void> {
  await tx.$queryRaw`select 1 from release where id = ${id}::uuid for share`
}

/** Last evaluation, for lists; every start evaluates again. */
export const StoredGates = z.object({ views: z.array(GateView), unmet: z.array(Unmet) })
export type StoredGates = z.infer<typeof StoredGates>
export const storedGates = (value: unknown): StoredGates => {
  const parsed = StoredGates.safeParse(value)
  return parsed.success ? parsed.data : { views: [], unmet: [] }
}

const Person = z.object({ by: z.string(), byId: z.string(), at: z.string() })
/** Break-glass: for exactly this content, until `expiresAt`; listed until somebody reviewed it. */
export const Override = Person.extend({ reason: z.string(), contentHash: z.string(), expiresAt: z.string(), gates: z.array(z.string()), voidedAt: z.string().nullable().default(null), reviewedAt: z.string().nullable(), review: z.object({ by: z.string(), comment: z.string().nullable() }).nullable().default(null) })
export type Override = z.infer<typeof Override>
export const overrideOf = (row: PromotionRow): Override | null => (row.override === null ? null : (Override.safeParse(row.override).data ?? null))

/** Who overrode the gates of exactly this content, while it is in force; null when nobody did. */
export function overrideInForce(row: PromotionRow, contentHash: string, nowMs: number): string | null {
  const override = overrideOf(row)
  return override && override.voidedAt === null && override.contentHash === contentHash && nowMs < Date.parse(override.expiresAt) ? override.by : null
}

/** What became of a break-glass: it opened gates of this start, or did not. Either way it is listed until reviewed: that somebody reached for it is what is looked at. */
export function overrideUse(row: PromotionRow, override: Override, nowMs: number): OverrideUse {
  if (row.startedAt !== null) return storedGates(row.gates).views.some((g) => g.state === 'overridden') ? 'used' : 'not_needed'
  if (override.voidedAt !== null) return 'void'
  if (isPromotionEnd(row.state)) return 'ended_before'
  return nowMs < Date.parse(override.expiresAt) ? 'in_force' : 'lapsed'
}

/** Compare-and-set on the version; the row is locked, so a miss is a bug and not a race. Tells waiters. */
export async function savePromotion(tx: Tx, row: PromotionRow, data: Prisma.PromotionUpdateManyMutationInput & { supersededById?: string | null }): Promise<PromotionRow> {
  const { count } = await tx.promotion.updateMany({ where: { id: row.id, version: row.version }, data: { ...data, version: row.version + 1 } })
  if (count !== 1) throw new Error(`promotion ${row.id} changed under its lock`)
  await publish(tx, 'promotion', row.id, row.version + 1)
  const saved = await findPromotion(tx, row.id)
  if (!saved) throw new Error(`promotion ${row.id} vanished under its lock`)
  return saved
}

export type Note = { actor: Actor; verb: string; reason?: string | null; message: string; before?: unknown; after?: unknown; atMs: number; also?: readonly string[] }

/** Audit rows of one transaction, appended at its end: the chain's head is locked last, after targets and rollouts. */
export class Journal {
  readonly #entries: { row: PromotionRow; note: Note }[] = []
  add(row: PromotionRow, note: Note): void {
    this.#entries.push({ row, note })
  }
  async write(tx: Tx): Promise<void> {
    for (const { row, note } of this.#entries) {
      const { application } = row.environment
      await record(tx, { ...note, chain: application.slug, subject: { kind: 'promotion', id: row.id }, also: [`release:${row.releaseId}`, `application:${application.slug}`, ...(note.also ?? [])] })
    }
  }
}

/** An end, with its reason. Whoever waited for the place, or for the release to be there, looks again. */
export async function endPromotion(tx: Tx, journal: Journal, row: PromotionRow, end: { state: PromotionState; reason: string | null; actor: Actor; atMs: number; supersededById?: string; message: string }): Promise<PromotionRow> {
  const saved = await savePromotion(tx, row, { state: end.state, endReason: end.reason, endedAt: new Date(end.atMs), wakeAt: null, ...(end.supersededById !== undefined && { supersededById: end.supersededById }) })
  await wakeWaiting(tx, row.environment.application.id, row.id)
  journal.add(saved, { actor: end.actor, verb: `promotion.${end.state}`, reason: end.reason, message: end.message, before: { state: row.state }, after: { state: end.state }, atMs: end.atMs })
  return saved
}

export async function wakeWaiting(tx: Tx, applicationId: string, exceptId: string): Promise<void> {
  const waiting = await tx.promotion.findMany({ where: { id: { not: exceptId }, environment: { applicationId }, state: { in: ['pending', 'ready'] } }, select: { id: true }, orderBy: { createdAt: 'desc' } })
  for (const { id } of waiting) await wake(tx, 'promotion', id)
}
