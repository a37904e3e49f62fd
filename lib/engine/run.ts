import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import { dropIntent } from '#lib/engine/act.ts'
import { apply } from '#lib/engine/apply.ts'
import { collect } from '#lib/engine/collect.ts'
import { decide } from '#lib/engine/decide.ts'
import type { Decision } from '#lib/engine/facts.ts'
import { wake } from '#lib/engine/jobs.ts'
import { claim, type Lease } from '#lib/engine/lease.ts'
import { change } from '#lib/engine/record.ts'
import { providerWords } from '#lib/engine/provider-words.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { log, withLogContext } from '#lib/platform/log.ts'
import { findRollout, type RolloutRow, StaleWrite } from '#lib/rollouts/store.ts'
import type { Seen } from '#lib/targets/observe.ts'

/** Bounds one wake-up, so that one rollout cannot keep a worker. */
const mostTurns = 40
/** After so many failed tries in a row (about five minutes) a person is asked. */
const patience = 12
const longestBackoffMs = 30_000

/**
 * One wake-up of a rollout: claim it, then look, decide and act until it waits, ends, or is somebody else's. Safe to
 * call any number of times, at the same time, in any process: only one gets the lease, and every write is fenced.
 * Once `stop` is aborted it begins nothing more, and gives the lease back after the turn under way.
 */
export async function runRollout(id: string, owner: string, stop?: AbortSignal): Promise<void> {
  if (stop?.aborted) return
  await withLogContext({ rollout_id: id, actor: owner }, async () => {
    const lease = await claim(id, owner)
    if (!lease) return
    try {
      const last: LastTurn = { seen: null, steadyMs: 0 }
      for (let turn = 0; turn < mostTurns && !lease.lost && !stop?.aborted; turn++) {
        if (!(await takeTurn(id, lease, last))) return
      }
      await backOff(id, lease, 0)
    } finally {
      lease.stop()
    }
  })
}

/** What the turn before saw, unless it called the provider to change something. */
type LastTurn = { seen: Seen | null; steadyMs: number }
/** A decision that only writes down where the rollout is does not make the live state older; a write is refused by its etag should somebody have been quicker. */
const freshMs = 1_000
const changesLive = (d: Decision): boolean => d.kind === 'create' || d.kind === 'deploy' || d.kind === 'write'

async function takeTurn(id: string, lease: Lease, last: LastTurn): Promise<boolean> {
  const r = await findRollout(id)
  if (!r || r.epoch !== lease.epoch) return false
  const fresh = performance.now() - last.steadyMs < freshMs ? last.seen : null
  last.seen = null
  const steadyMs = fresh === null ? performance.now() : last.steadyMs
  try {
    const { facts, seen } = await collect(r, fresh)
    const d = decide(facts)
    const again = await apply(r, lease, facts, seen, d)
    if (!changesLive(d)) Object.assign(last, { seen, steadyMs })
    return again
  } catch (e) {
    if (e instanceof StaleWrite) return true // the next turn reads what a person changed, or finds the epoch gone
    if (e instanceof DriverError) return handleDriverError(r, lease, e)
    log.error('A rollout could not be driven', { error: e })
    // A fault of ours that stays must not look like work under way.
    if (r.state === 'running' && r.kind === 'promotion' && r.errors + 1 >= patience) await holdUntilCured(id, lease, await nowMs(), 'Sluice failed inside and could not go on; its log names the cause under this rollout', 'held: Sluice failed inside')
    else await backOff(id, lease, r.errors + 1)
    return false
  }
}

/** Conflicts are read again at once; what may pass is tried again later; what a person must cure is held with the provider's words. */
async function handleDriverError(r: RolloutRow, lease: Lease, e: DriverError): Promise<boolean> {
  log.warning('The provider did not do it', { operation: e.operation, kind: e.kind, outcome: e.outcome, message: e.message })
  const now = await nowMs()
  if (e.outcome === 'none') await dropIntent(r, lease, now, `${e.operation}: ${e.message}`)
  if (e.kind === 'conflict') return true
  // A rollback never waits for a person where trying again may do: the provider's bad half hour is when it is pressed.
  const keepsTrying = r.kind === 'rollback' && e.retriable
  const isReturning = keepsTrying || r.state === 'rolling_back' || r.state === 'held' || r.state === 'paused'
  if (!isReturning && (!e.retriable || r.errors + 1 >= patience)) {
    await holdUntilCured(r.id, lease, now, providerWords(e), `the provider said: ${e.message}`)
    return false
  }
  await backOff(r.id, lease, r.errors + 1)
  return false
}

async function holdUntilCured(id: string, lease: Lease, now: number, message: string, told: string): Promise<void> {
  const fresh = await findRollout(id)
  if (!fresh || fresh.epoch !== lease.epoch) return
  await change(fresh, lease, { nowMs: now }, { state: 'held', errors: 0, leaseUntil: null, hold: { code: 'provider_error', message, at: new Date(now).toISOString(), details: { next: 'retry once it is cured, or abort' } } }, { verb: 'rollout.held', message: told }, (tx) => wake(tx, 'rollout', id, longestBackoffMs))
}

/** 0.5 s, 1 s, 2 s … 30 s, with jitter so that many do not return at once. */
async function backOff(id: string, lease: Lease, errors: number): Promise<void> {
  const afterMs = errors === 0 ? 0 : Math.round(Math.min(longestBackoffMs, 500 * 2 ** (errors - 1)) * (0.75 + Math.random() / 2))
  const wakeAt = new Date((await nowMs()) + afterMs)
  await db.$transaction(async (tx) => {
    const n = await tx.rollout.updateMany({ where: { id, epoch: lease.epoch, leaseOwner: lease.owner }, data: { errors, leaseUntil: null, wakeAt } })
    if (n.count === 1) await wake(tx, 'rollout', id, afterMs)
  })
}
