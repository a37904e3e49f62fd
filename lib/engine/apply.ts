import 'server-only'
import { act, confirm } from '#lib/engine/act.ts'
import { saveEvidence } from '#lib/engine/compare/store.ts'
import type { Decision, Facts } from '#lib/engine/facts.ts'
import { stepOf } from '#lib/engine/facts.ts'
import { finish } from '#lib/engine/finish.ts'
import { wake } from '#lib/engine/jobs.ts'
import type { Lease } from '#lib/engine/lease.ts'
import { change } from '#lib/engine/record.ts'
import { describeSplit } from '#lib/engine/traffic.ts'
import { db } from '#lib/platform/db/client.ts'
import { isoOf } from '#lib/platform/time.ts'
import { bakeAgain } from '#lib/rollouts/bake-again.ts'
import { carriedDetails, coldSince, restoredHold, wasPaused } from '#lib/rollouts/hold.ts'
import type { StepRun } from '#lib/rollouts/schema.ts'
import { isRestored } from '#lib/rollouts/state.ts'
import { type Patch, type RolloutRow, saveRollout } from '#lib/rollouts/store.ts'
import type { Seen } from '#lib/targets/observe.ts'

/** Carries one decision out. Answers whether to look again at once; false when the rollout waits or has ended. */
export async function apply(r: RolloutRow, lease: Lease, f: Facts, seen: Seen, d: Decision): Promise<boolean> {
  const at = isoOf(f.nowMs)
  switch (d.kind) {
    case 'none':
      return false
    case 'wait':
      await settle(r, lease, f, d)
      return false
    case 'create':
    case 'deploy':
    case 'write':
      await act(r, lease, f, d)
      return true
    case 'confirm':
      await confirm(r, lease, f)
      return true
    case 'reached':
      await change(r, lease, f, { runs: edit(r, { trafficAt: at }), observedSplit: f.live.split, observedAt: new Date(f.nowMs) }, { verb: 'rollout.traffic_confirmed', message: `live already: ${describeSplit(f.live.split)}`, after: f.live.split })
      return true
    case 'begin':
      await begin(r, lease, f, seen, d.stable)
      return true
    case 'startStep':
      await change(r, lease, f, { runs: edit(r, { state: 'running', startedAt: at }), verdicts: [...f.verdicts] }, { verb: 'rollout.step_started', message: `step ${r.stepIndex + 1}: ${stepOf(f)?.kind ?? ''} started` })
      return true
    case 'candidate':
      await change(r, lease, f, { candidate: { revision: d.revision, digest: r.plan.digest, image: r.plan.image, releaseId: r.releaseId, version: r.candidate?.version ?? null } }, { verb: 'rollout.candidate', message: `the new revision is ${d.revision}` })
      return true
    case 'checksFailed':
      await change(r, lease, f, { runs: edit(r, { ...(f.checks && { checks: [...f.checks] }), tries: tried(r, at, 'not all checks passed') }), wakeAt: new Date(d.retryAtMs) }, { verb: 'rollout.verify_tried', message: (f.checks ?? []).filter((c) => !c.passed).map((c) => c.detail).join('; ') })
      return yieldUntil(r, lease, d.retryAtMs - f.nowMs)
    case 'pass':
    case 'skip':
      await advance(r, lease, f, d.kind === 'pass' ? 'passed' : 'skipped', d.message)
      return true
    case 'hold':
      await change(r, lease, f, { state: 'held', hold: { code: d.code, message: d.message, at, details: { ...d.details, ...carriedDetails(r), ...(d.code === 'outside_change' && coldSince(r, f.live.split, at)) } }, verdicts: [...f.verdicts], ...(d.code === 'outside_change' && { intent: null, observedSplit: f.live.split, observedAt: new Date(f.nowMs) }) }, { verb: 'rollout.held', message: d.message, ...(d.details && { after: d.details }) })
      return true
    case 'unhold':
      // What was held besides is over; that the database is another one is not.
      if (isRestored(r.hold)) {
        const hold = restoredHold(r, f.nowMs)
        await change(r, lease, f, { state: 'held', hold }, { verb: 'rollout.held', message: `${d.message}; ${hold.message}` })
        return true
      }
      await change(r, lease, f, { state: r.endReason !== null ? 'rolling_back' : wasPaused(r) ? 'paused' : 'running', hold: null, observedSplit: f.live.split, observedAt: new Date(f.nowMs), ...(r.hold?.code === 'outside_change' && { runs: bakeAgain(r, f.live.split, at, d.message) }) }, { verb: 'rollout.unheld', message: d.message })
      return true
    case 'rollBack':
      await change(r, lease, f, { state: 'rolling_back', hold: null, endReason: d.message, verdicts: [...f.verdicts] }, { verb: 'rollout.rolling_back', message: d.message, rule: d.rule })
      return true
    case 'succeed':
    case 'rolledBack':
    case 'fail':
    case 'cancel':
      await finish(r, lease, f, d)
      return false
    default:
      return d satisfies never
  }
}

const edit = (r: RolloutRow, change: Partial<StepRun>): StepRun[] => r.runs.map((run, i) => (i === r.stepIndex ? { ...run, ...change } : run))
const tried = (r: RolloutRow, at: string, outcome: string) => [...(r.runs[r.stepIndex]?.tries ?? []), { startedAt: r.runs[r.stepIndex]?.startedAt ?? at, endedAt: at, outcome }]

async function advance(r: RolloutRow, lease: Lease, f: Facts, state: 'passed' | 'skipped', message: string): Promise<void> {
  const at = isoOf(f.nowMs)
  const runs = edit(r, { state, endedAt: at, message, tries: tried(r, at, message), ...(f.checks && { checks: [...f.checks] }) })
  await change(r, lease, f, { runs, stepIndex: r.stepIndex + 1, state: 'running', hold: null, errors: 0, verdicts: [...f.verdicts] }, { verb: `rollout.step_${state}`, message: `step ${r.stepIndex + 1}: ${stepOf(f)?.kind ?? ''}: ${message}` })
}

/** First look: what serves now is stable and, when this target was never seen, what is intended. */
async function begin(r: RolloutRow, lease: Lease, f: Facts, seen: Seen, stable: string | null): Promise<void> {
  const revision = seen.revisions.find((v) => v.name === stable)
  const known = stable ? await db.targetRevision.findUnique({ where: { targetId_name: { targetId: r.targetId, name: stable } } }) : null
  const release = known?.releaseId ? await db.release.findUnique({ where: { id: known.releaseId }, select: { version: true } }) : null
  const arm = stable === null ? null : { revision: stable, digest: revision?.digest ?? '', image: revision?.image ?? '', releaseId: known?.releaseId ?? null, version: release?.version ?? null }
  await change(r, lease, f,
    { state: 'running', startedAt: new Date(f.nowMs), observedSplit: f.live.split, observedAt: new Date(f.nowMs), ...(r.kind === 'promotion' && { stable: arm }) },
    { verb: 'rollout.started', message: stable === null ? 'started: the first release here' : `started from ${describeSplit(f.live.split)}` },
    async (tx) => {
      if (f.intended === null && f.live.exists) await tx.target.update({ where: { id: r.targetId }, data: { intended: { split: f.live.split, tags: {} }, ...(stable && f.live.split[stable] === 100 && { stableRevision: stable, stableReleaseId: known?.releaseId ?? null, stableSince: new Date(f.nowMs) }) } })
    })
}

/** Nothing to do until then: keep what was measured, give the lease back, and be woken. Silent unless a verdict changed. */
async function settle(r: RolloutRow, lease: Lease, f: Facts, { untilMs, asks }: Extract<Decision, { kind: 'wait' }>): Promise<void> {
  const changed = f.verdicts.filter((v) => r.verdicts.find((before) => before.rule === v.rule)?.verdict !== v.verdict)
  const patch: Patch = { observedAt: new Date(f.nowMs), errors: 0, leaseUntil: null, wakeAt: new Date(untilMs), ...(f.verdicts.length > 0 && { verdicts: [...f.verdicts] }), ...(asks !== undefined && r.hold && { hold: { ...r.hold, message: asks } }) }
  if (changed.length > 0) {
    await change(r, lease, f, patch, { verb: 'rollout.verdict', message: changed.map((v) => `${v.rule}: ${v.verdict}, ${v.message}`).join('; ') }, (tx) => wake(tx, 'rollout', r.id, untilMs - f.nowMs))
    return
  }
  await db.$transaction(async (tx) => {
    await saveRollout(tx, { id: r.id, version: r.version, epoch: lease.epoch }, patch, false)
    if (f.added) await saveEvidence(tx, r.id, f.added)
    await wake(tx, 'rollout', r.id, untilMs - f.nowMs)
  })
}

/** Gives the lease back until then. */
async function yieldUntil(r: RolloutRow, lease: Lease, afterMs: number): Promise<false> {
  await db.$transaction(async (tx) => {
    await tx.$executeRaw`update rollout set lease_until = null where id = ${r.id}::uuid and epoch = ${lease.epoch}`
    await wake(tx, 'rollout', r.id, afterMs)
  })
  return false
}
