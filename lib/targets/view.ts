import 'server-only'
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
import { quietEveryMs } from '#lib/targets/watch.ts'

/** Older than this, a panel greys and its actions turn off: two missed reads. */
export const staleAfterSeconds = (hasOpenRollout: boolean): number => (hasOpenRollout ? 30 : (2 * quietEveryMs) / 1000)

type Releases = Awaited<ReturnType<typeof releasesById>>
const refOf = (id: string | null, releases: Releases) => {
  const r = id ? releases.get(id) : undefined
  return r ? { id: r.id, version: r.version } : null
}

function toSummary(t: TargetRow, releases: Releases): TargetSummary {
  const open = t.rollouts[0]
  const hold = t.holds[0]
  const l = locatorOfRow(t)
  return {
    id: t.id, application: t.environment.application.slug, environment: t.environment.slug, tier: t.environment.tier, service: t.service.slug, locator: `${l.project}/${l.region}/${l.service}`,
    stable: t.stableRevision ? { revision: t.stableRevision, release: refOf(t.stableReleaseId, releases), since: t.stableSince?.toISOString() ?? null } : null,
    split: snapshotOf(t)?.split ?? null,
    asOf: t.snapshotAt?.toISOString() ?? null,
    error: t.snapshotError,
    openRollout: open?.id ?? null,
    held: open?.state === 'held',
    hold: hold ? { id: hold.id, digests: hold.digests, release: refOf(hold.releaseId, releases), reason: hold.reason, by: hold.byName, at: hold.at.toISOString() } : null,
    drift: DriftView.nullable().parse(t.drift),
    staleAfterSeconds: staleAfterSeconds(open !== undefined),
  }
}

const releaseIds = (t: TargetRow): (string | null)[] => [t.stableReleaseId, ...t.holds.map((h) => h.releaseId)]

export async function summariesOf(rows: readonly TargetRow[]): Promise<TargetSummary[]> {
  const releases = await releasesById(rows.flatMap(releaseIds))
  return rows.map((t) => toSummary(t, releases))
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

export async function targetViewOf(t: TargetRow): Promise<TargetView> {
  const [now, [summary], known, recent] = await Promise.all([
    nowMs(),
    summariesOf([t]),
    knownRevisions([t.id]),
    db.rollout.findMany({ where: { targetId: t.id }, orderBy: [{ createdAt: 'desc' }, { id: 'desc' }], take: 10, select: { id: true, kind: true, state: true, candidate: true, createdAt: true, endedAt: true } }),
  ])
  if (!summary) throw new Error('a target row gave no summary')
  const revisions = known.get(t.id) ?? []
  const rollback = readinessOf(t, revisions)
  return {
    ...summary,
    live: liveOf(t, revisions),
    rollback,
    gcloud: rollback.revision ? gcloudLine(locatorOfRow(t), rollback.revision) : null,
    recent: recent.map((r) => ({ id: r.id, kind: r.kind, state: r.state, version: armOf(r.candidate)?.version ?? null, createdAt: r.createdAt.toISOString(), endedAt: r.endedAt?.toISOString() ?? null })),
    now: isoOf(now),
  }
}
