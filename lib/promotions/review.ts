import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError, refused, unmet } from '#lib/platform/errors.ts'
import type { PromotionView, reviewOverride as endpoint } from '#lib/promotions/contract.ts'
import { reviewRefusals } from '#lib/promotions/permission.ts'
import { visiblePromotion } from '#lib/promotions/read.ts'
import { Journal, lockPromotion, type Override, overrideOf, savePromotion } from '#lib/promotions/store.ts'
import { promotionView } from '#lib/promotions/view.ts'
import { transact } from '#lib/rollouts/transact.ts'

/** A break-glass stays listed until this was said. Saying it twice changes nothing. */
export async function reviewOverride(actor: Actor, input: Parsed<typeof endpoint>): Promise<PromotionView> {
  await visiblePromotion(actor, input.id)
  await transact(async (tx) => {
    const row = await lockPromotion(tx, input.id)
    if (!row) throw new AppError('not_found', `promotion ${input.id} not found`)
    const override = overrideOf(row)
    if (!override) throw refused('nobody broke the glass for this promotion', [unmet('no_override', 'there is no override to review')])
    const reasons = reviewRefusals(actor, { applicationId: row.environment.application.id, environmentId: row.environmentId }, override)
    if (reasons.length > 0) throw reasons.some((r) => r.code === 'role') ? new AppError('forbidden', `${actor.name} may not review this override`, { unmet: reasons }) : refused('this override cannot be reviewed by you', reasons)
    if (override.reviewedAt !== null) return
    const atMs = await nowMs(tx)
    const reviewed: Override = { ...override, reviewedAt: new Date(atMs).toISOString(), review: { by: actor.name, comment: input.comment?.trim() || null } }
    const journal = new Journal()
    const saved = await savePromotion(tx, row, { override: reviewed as Prisma.InputJsonObject })
    journal.add(saved, { actor, verb: 'promotion.override_reviewed', reason: reviewed.review?.comment ?? null, message: `${actor.name} reviewed the break-glass of ${override.by} for ${row.release.version} in ${row.environment.slug}`, before: override, after: reviewed, atMs })
    await journal.write(tx)
  })
  const view = await promotionView(actor, input.id)
  if (!view) throw new AppError('not_found', `promotion ${input.id} not found`)
  return view
}
