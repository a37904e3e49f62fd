import 'server-only'
import { rolesWith } from '#lib/access/actor.ts'
import { rolesText } from '#lib/access/words.ts'
import { unmet } from '#lib/platform/errors.ts'
import { isoOf } from '#lib/platform/time.ts'
import { shortRevision } from '#lib/rollouts/words.ts'
import type { ReadinessCheck, RollbackReadiness } from '#lib/targets/contract.ts'
import { schemaVerdict, wayBack, withdrawnText } from '#lib/targets/decide.ts'
import type { KnownRevision, WayBack } from '#lib/targets/schema.ts'
import { snapshotOf } from '#lib/targets/snapshot.ts'
import { armOf, findTarget, knownRevisions, type TargetRow } from '#lib/targets/store.ts'

export const byOverride = `${rolesText(rolesWith('override'))}, by override`
export const imageGone = 'the image is gone from its registry: a new instance could not start'

/** Where a target would go back to: by the live split where one was just read, else by its last snapshot. */
export function wayBackOf(t: TargetRow, known: readonly KnownRevision[], liveSplit?: Record<string, number>): WayBack {
  const open = t.rollouts.find((r) => r.kind === 'promotion')
  return wayBack({
    revisions: known,
    liveSplit: liveSplit ?? snapshotOf(t)?.split ?? {},
    stableRevision: t.stableRevision,
    open: open ? { stable: armOf(open.stable)?.revision ?? null, candidate: armOf(open.candidate)?.revision || null } : null,
    heldDigests: t.holds.flatMap((h) => h.digests),
  })
}

/** Readiness as the screen shows it and the press is refused by (promises 1 and 9). What is not looked at yet says so. */
export function readinessOf(t: TargetRow, known: readonly KnownRevision[], liveSplit?: Record<string, number>): RollbackReadiness {
  const way = wayBackOf(t, known, liveSplit)
  const checks = way.to ? checksFor(way.to, way.from, t.snapshotAt) : []
  const refusedBy = checks.filter((c) => c.state === 'refused')
  const reasons = [
    ...(way.to ? [] : [unmet('no_proven_revision', known.length === 0 ? 'nothing is known of this service yet' : 'no other revision ever held 100% with a passing verdict')]),
    ...refusedBy.map((c) => unmet(c.name, c.detail, c.name === 'schema' ? null : byOverride)),
  ]
  const ref = (r: KnownRevision | null) => (r?.releaseId && r.version ? { id: r.releaseId, version: r.version } : null)
  return {
    ready: reasons.length === 0,
    revision: way.to?.name ?? null,
    release: ref(way.to),
    from: way.fromName ? { revision: way.fromName, release: ref(way.from) } : null,
    proven: way.to?.proven ?? null,
    skipped: way.skipped,
    warnings: [
      ...(way.to?.proven === 'observed' ? [`${way.to.name} was at 100% when Sluice first saw this service; it was not proven by a rollout`] : []),
      ...(way.to ? [withdrawnText(way.to)].filter((text) => text !== null) : []),
      ...checks.filter((c) => c.state === 'warning').map((c) => c.detail),
    ],
    checks,
    unmet: reasons,
    label: way.to ? `100% to ${shortRevision(way.to.name)}${way.from?.version ? `, hold ${way.from.version}` : ''}` : 'nothing to go back to',
    checkedAt: t.snapshotAt?.toISOString() ?? null,
  }
}

function checksFor(to: KnownRevision, from: KnownRevision | null, seenAt: Date | null): ReadinessCheck[] {
  const at = seenAt?.toISOString() ?? null
  const schema = schemaVerdict(from, to)
  const image: ReadinessCheck =
    to.imageFound === null || to.imageCheckedAtMs === null
      ? { name: 'image_found', state: 'not_checked', detail: to.digest === null ? 'deployed by tag: its digest is not known' : 'not checked yet', at: null }
      : { name: 'image_found', state: to.imageFound ? 'ok' : 'refused', detail: to.imageFound ? 'the image is still in its registry' : imageGone, at: isoOf(to.imageCheckedAtMs) }
  return [
    { name: 'revision_ready', state: to.ready ? 'ok' : 'refused', detail: to.ready ? `${to.name} is ready` : `${to.name} is not ready`, at },
    image,
    { name: 'schema', ...schema, at },
    { name: 'secret_versions', state: 'not_checked', detail: 'not checked yet', at: null },
    { name: 'backup_age', state: 'not_checked', detail: 'not checked yet', at: null },
  ]
}

export async function rollbackReadiness(targetId: string): Promise<RollbackReadiness | null> {
  const t = await findTarget(targetId)
  if (!t) return null
  return readinessOf(t, (await knownRevisions([targetId])).get(targetId) ?? [])
}
