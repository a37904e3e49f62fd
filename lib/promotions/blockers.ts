import 'server-only'
import type { Tx } from '#lib/platform/db/client.ts'
import type { Unmet } from '#lib/platform/endpoint.ts'
import { unmet } from '#lib/platform/errors.ts'
import type { Subject } from '#lib/promotions/subject.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'

/** What no approval and no override gets past, all at once: veto, hold, a newer release here, nothing to ship. */
export async function blockersOf(tx: Tx, s: Subject): Promise<Unmet[]> {
  return [...releaseBlockers(s), ...(await holdBlockers(tx, s)), ...(await newerBlockers(tx, s))]
}

function releaseBlockers(s: Subject): Unmet[] {
  const out: Unmet[] = []
  if (s.release.state === 'vetoed') out.push(unmet('vetoed', `release ${s.release.version} is vetoed`, 'who may approve, by taking the veto back'))
  if (s.release.state === 'abandoned') out.push(unmet('abandoned', `release ${s.release.version} was abandoned; make a new release`))
  if (s.targets.length === 0) out.push(unmet('nothing_to_ship', `${s.environment.slug} runs none of the services of release ${s.release.version}`))
  return out
}

async function holdBlockers(tx: Tx, s: Subject): Promise<Unmet[]> {
  const holds = await tx.targetHold.findMany({ where: { targetId: { in: s.targets.map((t) => t.id) }, liftedAt: null } })
  return s.targets.flatMap((t) => {
    const hold = holds.find((h) => h.targetId === t.id)
    const digest = s.content.targets[t.service]?.plan.digest ?? ''
    if (!hold?.digests.includes(digest)) return []
    return [unmet('hold', `${t.service} in ${s.environment.slug} refuses this image ${hold.digests.length > 1 ? `and ${hold.digests.length - 1} more, the last ` : ''}since ${hold.at.toISOString()}: ${hold.reason} (${hold.byName})`, 'who may approve or override, by lifting the hold on the target')]
  })
}

/** Older means created earlier. Going back is a rollback, never a promotion. */
async function newerBlockers(tx: Tx, s: Subject): Promise<Unmet[]> {
  const stableIds = s.targets.flatMap((t) => (t.stableReleaseId === null ? [] : [t.stableReleaseId]))
  const live = await tx.release.findMany({ where: { id: { in: stableIds }, createdAt: { gt: s.release.createdAt } }, select: { id: true, version: true } })
  const moving = await tx.promotion.findMany({
    where: { environmentId: s.environment.id, state: 'rolling_out', supersededById: null, release: { createdAt: { gt: s.release.createdAt } } },
    select: { release: { select: { version: true } } },
  })
  return [
    ...s.targets.flatMap((t) => live.filter((r) => r.id === t.stableReleaseId).map((r) => unmet('older_release', `${t.service} in ${s.environment.slug} runs the newer ${r.version}; to go back, roll back the target`, 'who may roll back'))),
    ...moving.map((p) => unmet('older_release', `the newer ${p.release.version} is rolling out in ${s.environment.slug}`)),
  ]
}

export type Busy = { rolloutId: string; targetId: string; service: string; kind: string; createdBy: string; since: Date; promotionId: string | null; version: string | null; releaseCreatedAt: Date | null }

/** Open rollouts on the targets this promotion needs. */
export async function busyTargets(tx: Tx, s: Subject, ownPromotionId: string): Promise<Busy[]> {
  const rows = await tx.rollout.findMany({
    where: { targetId: { in: s.targets.map((t) => t.id) }, state: { in: [...openRolloutStates] }, OR: [{ promotionId: null }, { promotionId: { not: ownPromotionId } }] },
    include: { target: { select: { service: { select: { slug: true } } } }, promotion: { select: { id: true, release: { select: { version: true, createdAt: true } } } } },
    orderBy: { createdAt: 'asc' },
  })
  return rows.map((r) => ({ rolloutId: r.id, targetId: r.targetId, service: r.target.service.slug, kind: r.kind, createdBy: r.createdBy, since: r.createdAt, promotionId: r.promotionId, version: r.promotion?.release.version ?? null, releaseCreatedAt: r.promotion?.release.createdAt ?? null }))
}

export const busyUnmet = (b: Busy): Unmet =>
  unmet('target_busy', `${b.service} is owned by ${b.version === null ? `a ${b.kind}` : `the ${b.kind} of ${b.version}`} that ${b.createdBy} asked for, since ${b.since.toISOString()} (rollout ${b.rolloutId})`, 'starts by itself when that ends')
