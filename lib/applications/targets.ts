import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { CloudRunLocator, Split } from '#lib/rollouts/schema.ts'
import { openRolloutStates } from '#lib/rollouts/state.ts'
import { db } from '#lib/platform/db/client.ts'
import { DriftView, type TargetSummary } from '#lib/targets/contract.ts'
import { z } from 'zod'

const Observed = z.object({ split: Split })

/** What is live on each target, from the last snapshots. Reads Postgres only. */
export async function summaries(_actor: Actor, ids: readonly string[]): Promise<TargetSummary[]> {
  const rows = await db.target.findMany({
    where: { id: { in: [...ids] } },
    include: {
      environment: { include: { application: true } },
      service: true,
      rollouts: { where: { state: { in: [...openRolloutStates] } }, select: { id: true, state: true } },
      holds: { where: { liftedAt: null }, orderBy: { at: 'desc' }, take: 1 },
    },
  })
  const releaseIds = rows.flatMap((t) => [t.stableReleaseId ?? [], t.holds[0]?.releaseId ?? []].flat())
  const versions = new Map((await db.release.findMany({ where: { id: { in: releaseIds } }, select: { id: true, version: true } })).map((r) => [r.id, r.version]))
  const release = (id: string | null) => (id === null ? null : { id, version: versions.get(id) ?? '' })
  return rows.map((t): TargetSummary => {
    const [open] = t.rollouts
    const [hold] = t.holds
    const locator = CloudRunLocator.parse(t.locator)
    return {
      id: t.id,
      application: t.environment.application.slug,
      environment: t.environment.slug,
      tier: t.environment.tier,
      service: t.service.slug,
      locator: `${locator.project}/${locator.region}/${locator.service}`,
      stable: t.stableRevision === null ? null : { revision: t.stableRevision, release: release(t.stableReleaseId), since: t.stableSince?.toISOString() ?? null },
      split: Observed.safeParse(t.snapshot).data?.split ?? null,
      asOf: t.snapshotAt?.toISOString() ?? null,
      error: t.snapshotError,
      openRollout: open?.id ?? null,
      held: open?.state === 'held',
      hold: hold ? { id: hold.id, digests: hold.digests, release: release(hold.releaseId), reason: hold.reason, by: hold.byName, at: hold.at.toISOString() } : null,
      drift: DriftView.safeParse(t.drift).data ?? null,
      staleAfterSeconds: 180,
    }
  })
}
