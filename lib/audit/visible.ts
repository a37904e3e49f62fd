import 'server-only'
import { type Actor, can } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'

/**
 * Which audit rows an actor may see: every one, or those of the chains of applications and those about targets of
 * single environments where they may view. The chain `-` (people, tokens) is for who views everywhere.
 */
export type VisibleAudit = { all: true } | { all: false; chains: string[]; subjects: string[] }

export async function visibleAudit(actor: Actor): Promise<VisibleAudit> {
  if (can(actor, 'view', { applicationId: null })) return { all: true }
  if (!can(actor, 'view', null)) return { all: false, chains: [], subjects: [] }
  const whole = actor.grants.flatMap((g) => (g.environmentId === null && g.applicationId !== null ? [g.applicationId] : []))
  const environments = actor.grants.flatMap((g) => g.environmentId ?? [])
  const [applications, targets] = await Promise.all([
    db.application.findMany({ where: { id: { in: whole } }, select: { slug: true } }),
    db.target.findMany({ where: { environmentId: { in: environments } }, select: { id: true } }),
  ])
  return { all: false, chains: applications.map((a) => a.slug), subjects: targets.map((t) => `target:${t.id}`) }
}
