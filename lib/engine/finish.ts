import 'server-only'
import type { Decision, Facts } from '#lib/engine/facts.ts'
import { candidateShare, trafficSince } from '#lib/engine/facts.ts'
import { wake } from '#lib/engine/jobs.ts'
import type { Lease } from '#lib/engine/lease.ts'
import { change } from '#lib/engine/record.ts'
import { describeSplit, mainRevision } from '#lib/engine/traffic.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { decides } from '#lib/rollouts/state.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import { openHold } from '#lib/targets/holds.ts'

/** The ends of a rollout, each with what it leaves behind on the target. */
export async function finish(r: RolloutRow, lease: Lease, f: Facts, d: Extract<Decision, { kind: 'succeed' | 'rolledBack' | 'fail' | 'cancel' }>): Promise<void> {
  switch (d.kind) {
    case 'succeed':
      return succeed(r, lease, f)
    case 'rolledBack':
      return backAtStable(r, lease, f)
    case 'fail':
      return change(r, lease, f, { state: 'failed', hold: null, endReason: d.message, observedSplit: f.live.split, observedAt: new Date(f.nowMs), runs: closeRun(r, f, 'failed', d.message) },
        { verb: 'rollout.failed', message: d.message },
        async (tx) => {
          await settleTarget(tx, r, f, null, null)
          await markRevision(tx, r, candidateShare(f) > 0 ? 'failed_serving' : 'failed')
        })
    case 'cancel':
      return change(r, lease, f, { state: 'cancelled', hold: null, endReason: d.message, runs: closeRun(r, f, 'skipped', d.message) }, { verb: 'rollout.cancelled', message: d.message }, async (tx) => {
        await markRevision(tx, r, 'aborted')
        // It left alone what it found: whether that is what was intended is judged now, not in a minute.
        await wake(tx, 'target', r.targetId)
      })
  }
}

/** Back at stable. Held from now on, unless it only gave way to a newer release and nothing found it bad. */
async function backAtStable(r: RolloutRow, lease: Lease, f: Facts): Promise<void> {
  // Rules are looked at once more: a release that fails on its way back was found bad all the same.
  const failing = f.verdicts.find((v) => v.mode === 'rollback' && v.verdict === 'fail' && decides(v))
  const gaveWay = r.supersededById !== null && !failing
  const reason = r.supersededById !== null && failing ? `${failing.rule}: ${failing.message}` : (r.endReason ?? 'rolled back')
  const patch = { observedSplit: f.live.split, observedAt: new Date(f.nowMs), runs: closeRun(r, f, gaveWay ? 'skipped' : 'failed', reason), ...(f.verdicts.length > 0 && { verdicts: [...f.verdicts] }) }
  const readBack = `read back: ${describeSplit(f.live.split)}`
  if (gaveWay) return change(r, lease, f, { ...patch, state: 'superseded' }, { verb: 'rollout.superseded', message: `${readBack}; ${reason}, nothing is held` }, (tx) => settleTarget(tx, r, f, mainRevision(f.live.split), null))
  await change(r, lease, f, { ...patch, state: 'rolled_back', endReason: reason, supersededById: null },
    { verb: 'rollout.rolled_back', message: `${readBack}; ${r.candidate?.version ?? 'the candidate'} is held here`, ...(failing && { rule: failing.rule, reason }) },
    async (tx) => {
      await settleTarget(tx, r, f, mainRevision(f.live.split), null)
      await markRevision(tx, r, 'rolled_back')
      if (r.candidate?.digest) await openHold(tx, { targetId: r.targetId, digests: [r.candidate.digest], releaseId: r.releaseId, rolloutId: r.id, reason, byName: 'engine', atMs: f.nowMs })
    })
}

async function succeed(r: RolloutRow, lease: Lease, f: Facts): Promise<void> {
  const serving = mainRevision(f.live.split)
  const full = serving !== null && f.live.split[serving] === 100 ? serving : null
  await change(r, lease, f, { state: 'succeeded', hold: null, observedSplit: f.live.split, observedAt: new Date(f.nowMs) },
    { verb: 'rollout.succeeded', message: `read back: ${describeSplit(f.live.split)}`, after: f.live.split },
    async (tx) => {
      // A shift ends with what a person asked for; only a promotion that held 100% and passed proves a revision.
      await settleTarget(tx, r, f, full, trafficSince(f))
      if (r.kind === 'promotion' && full) {
        await tx.targetRevision.updateMany({ where: { targetId: r.targetId, name: full }, data: { proven: 'proven', provenAt: new Date(f.nowMs), outcome: null, ...(r.releaseId && { releaseId: r.releaseId }), rolloutId: r.id, servedBefore: r.stable?.revision ?? null } })
      }
    })
}

/** Stable, split and tags as read back; drift is gone by that. */
async function settleTarget(tx: Tx, r: RolloutRow, f: Facts, stable: string | null, stableSince: string | null): Promise<void> {
  const release = stable ? await tx.targetRevision.findUnique({ where: { targetId_name: { targetId: r.targetId, name: stable } }, select: { releaseId: true } }) : null
  const before = await tx.target.findUniqueOrThrow({ where: { id: r.targetId }, select: { stableRevision: true } })
  const moved = stable !== null && before.stableRevision !== stable
  await tx.target.update({
    where: { id: r.targetId },
    data: {
      intended: { split: f.live.split, tags: intendedTags(r, f) },
      version: { increment: 1 },
      ...(moved && { stableRevision: stable, stableReleaseId: release?.releaseId ?? (r.candidate?.revision === stable ? r.releaseId : null), stableSince: stableSince ? new Date(stableSince) : new Date(f.nowMs) }),
    },
  })
}

/** Tags that Sluice set stay watched; a tag of somebody else is none of our business. */
export function intendedTags(r: RolloutRow, f: Facts): Record<string, string> {
  const ours = r.plan.steps.flatMap((s) => (s.kind === 'deploy' && s.tag !== null ? [s.tag] : []))
  const known = new Set([...Object.keys(r.target.intended?.tags ?? {}), ...ours])
  return Object.fromEntries(Object.entries(f.live.tags).filter(([tag]) => known.has(tag)))
}

const markRevision = async (tx: Tx, r: RolloutRow, outcome: string): Promise<void> => {
  if (!r.candidate?.revision) return
  await tx.targetRevision.updateMany({ where: { targetId: r.targetId, name: r.candidate.revision, proven: null }, data: { outcome, rolloutId: r.id } })
}

function closeRun(r: RolloutRow, f: Facts, state: 'failed' | 'skipped', message: string): RolloutRow['runs'] {
  const at = new Date(f.nowMs).toISOString()
  return r.runs.map((run, i) => {
    if (i === r.stepIndex && run.state === 'running') return { ...run, state, endedAt: at, message, tries: [...run.tries, { startedAt: run.startedAt ?? at, endedAt: at, outcome: message }] }
    return run.state === 'pending' ? { ...run, state: 'skipped' as const } : run
  })
}
