import 'server-only'
import { Health } from '#lib/health/schema.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { isoOf } from '#lib/platform/time.ts'
import { gcloudLine } from '#lib/rollouts/words.ts'
import type { RevisionView, TargetSummary, TargetView } from '#lib/targets/contract.ts'
import { DriftView } from '#lib/targets/contract.ts'
import { readinessOf } from '#lib/targets/readiness.ts'
import type { KnownRevision } from '#lib/targets/schema.ts'
import { type Snapshot, snapshotOf } from '#lib/targets/snapshot.ts'
import { armOf, knownRevisions, locatorOfRow, releasesById, type TargetRow } from '#lib/targets/store.ts'
import type { TargetSummaryRow } from '#lib/targets/summaries.ts'
import { quietEveryMs } from '#lib/targets/watch.ts'

/** Older than this, a panel greys and its actions turn off: two missed reads. */
export const staleAfterSeconds = (hasOpenRollout: boolean): number => (hasOpenRollout ? 30 : (2 * quietEveryMs) / 1000)

export function summaryOf(t: TargetSummaryRow): TargetSummary {
  const l = locatorOfRow(t)
  return {
    id: t.id, application: t.application, environment: t.environment, tier: t.tier, service: t.service, locator: `${l.project}/${l.region}/${l.service}`,
    stable: t.stableRevision ? { revision: t.stableRevision, release: t.stable, since: t.stableSince?.toISOString() ?? null } : null,
    split: t.split,
    asOf: t.snapshotAt?.toISOString() ?? null,
    error: t.snapshotError,
    openRollout: t.open?.id ?? null,
    held: t.open?.state === 'held',
    hold: t.hold,
    drift: DriftView.nullable().parse(t.drift),
    staleAfterSeconds: staleAfterSeconds(t.open !== null),
    health: Health.nullable().parse(t.health),
  }
}

/** The row that lists have, of a target that was read whole. */
async function summaryRowOf(t: TargetRow): Promise<TargetSummaryRow> {
  const [open, hold] = [t.rollouts[0], t.holds[0]]
  const releases = await releasesById([t.stableReleaseId, hold?.releaseId ?? null])
  const refOf = (id: string | null) => {
    const r = id ? releases.get(id) : undefined
    return r ? { id: r.id, version: r.version } : null
  }
  const { environment } = t
  return {
    id: t.id, applicationId: environment.applicationId, environmentId: environment.id, application: environment.application.slug, environment: environment.slug, tier: environment.tier, service: t.service.slug, locator: t.locator,
    stableRevision: t.stableRevision, stable: refOf(t.stableReleaseId), stableSince: t.stableSince, split: snapshotOf(t)?.split ?? null, snapshotAt: t.snapshotAt, snapshotError: t.snapshotError, drift: t.drift,
    open: open ? { id: open.id, state: open.state } : null,
    health: t.health?.reading ?? null,
    hold: hold ? { id: hold.id, digests: hold.digests, release: refOf(hold.releaseId), reason: hold.reason, by: hold.byName, at: hold.at.toISOString() } : null,
  }
}

function revisionsOf(s: Snapshot, known: readonly KnownRevision[]): RevisionView[] {
  return s.revisions.map((r) => {
    const k = known.find((x) => x.name === r.name)
    const tags = s.observation.statuses.filter((e) => e.tag !== null && (e.latest ? s.observation.latestReady : e.revision) === r.name)
    return {
      name: r.name, percent: s.split[r.name] ?? 0, tags: tags.map((e) => ({ name: e.tag ?? '', uri: e.uri })), image: r.image, digest: r.digest,
      release: k?.releaseId && k.version ? { id: k.releaseId, version: k.version } : null, ready: r.ready, message: r.message, proven: k?.proven ?? null, outcome: k?.outcome ?? null, createdAt: isoOf(r.createdAtMs),
    }
  })
}

function liveOf(t: TargetRow, known: readonly KnownRevision[]): TargetView['live'] {
  const s = snapshotOf(t)
  if (!s || !t.snapshotAt) return null
  const o = s.observation
  return {
    exists: o.exists, revisions: revisionsOf(s, known), split: s.split, etag: o.etag, asOf: t.snapshotAt.toISOString(),
    readiness: !o.exists ? 'unknown' : !o.settled ? 'reconciling' : o.failure !== null ? 'failed' : 'ready',
    uri: o.uri, message: o.failure, config: Object.entries(o.config).map(([path, value]) => ({ path, value })),
  }
}

async function heldImagesOf(t: TargetRow): Promise<TargetView['heldImages']> {
  const digests = t.holds[0]?.digests ?? []
  if (digests.length === 0) return []
  const made = await db.artifact.findMany({ where: { digest: { in: digests }, release: { applicationId: t.environment.applicationId } }, orderBy: { release: { createdAt: 'desc' } }, select: { digest: true, release: { select: { version: true } } } })
  return digests.map((digest) => ({ digest, versions: [...new Set(made.filter((a) => a.digest === digest).map((a) => a.release.version))] }))
}

export async function targetViewOf(t: TargetRow): Promise<TargetView> {
  const [now, row, heldImages, known, recent] = await Promise.all([
    nowMs(),
    summaryRowOf(t),
    heldImagesOf(t),
    knownRevisions([t.id]),
    db.rollout.findMany({ where: { targetId: t.id }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 10, select: { id: true, kind: true, state: true, candidate: true, createdAt: true, endedAt: true } }),
  ])
  const revisions = known.get(t.id) ?? []
  const rollback = readinessOf(t, revisions)
  return {
    ...summaryOf(row),
    heldImages,
    live: liveOf(t, revisions),
    rollback,
    gcloud: rollback.revision ? gcloudLine(locatorOfRow(t), rollback.revision) : null,
    recent: recent.map((r) => ({ id: r.id, kind: r.kind, state: r.state, version: armOf(r.candidate)?.version ?? null, createdAt: r.createdAt.toISOString(), endedAt: r.endedAt?.toISOString() ?? null })),
    now: isoOf(now),
  }
}
