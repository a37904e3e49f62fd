import 'server-only'
import { type Actor, can } from '#lib/access/actor.ts'
import { AppError } from '#lib/platform/errors.ts'
import { isId } from '#lib/platform/id.ts'
import { findTarget, type TargetRow } from '#lib/targets/store.ts'

export const placeOfTarget = (t: { environmentId: string; environment: { applicationId: string } }) => ({ applicationId: t.environment.applicationId, environmentId: t.environmentId })

/** A target this actor may see; what may not be seen is not there. */
export async function visibleTarget(actor: Actor, id: string): Promise<TargetRow> {
  const t = isId(id) ? await findTarget(id) : null
  if (!t || !can(actor, 'view', placeOfTarget(t))) throw new AppError('not_found', `target ${id} not found`)
  return t
}

/** Retired targets are read-only: their history stays. */
export function refuseRetired(t: TargetRow): void {
  if (t.retiredAt) throw new AppError('conflict', `this target was retired on ${t.retiredAt.toISOString()}: it can only be read`)
}
