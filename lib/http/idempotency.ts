import 'server-only'
import { createHash } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import type { Actor } from '#lib/access/actor.ts'
import { canonicalJson } from '#lib/audit/chain.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { AppError, unmet } from '#lib/platform/errors.ts'

/** An answer that can be given again. */
export type Kept = { status: number; body: unknown }

const keepMs = 24 * 60 * 60 * 1000
/** A claim without an answer is its process's for this long; after that the process died and the key is free again. */
const claimMs = 60_000
const waitMs = 10_000
const lookEveryMs = 100

/** The key of a request, or null. Refuses one that is empty, too long or not plain ASCII. */
export function idempotencyKey(headers: Headers): string | null {
  const key = headers.get('idempotency-key')
  if (key === null) return null
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) throw new AppError('invalid_input', 'Idempotency-Key: 1 to 200 printable ASCII characters without spaces', { field: 'Idempotency-Key' })
  return key
}

/** Two tokens of one person are two callers: one must not read the other's answer by guessing its key. */
const callerOf = (actor: Actor): string => (actor.tokenId ? `token:${actor.tokenId}` : actor.id)

/**
 * Runs `work` once per actor and key for 24 hours of product time. The same key and input gives the first answer again,
 * another input 422; while the first still runs the second waits a while, then 409. Only answers below 500 are kept,
 * and a process that dies before it answers frees the key after a minute.
 */
export async function once(actor: Actor, key: string, endpointId: string, input: unknown, work: () => Promise<Kept>): Promise<Kept & { isReplay: boolean }> {
  const claim = { actorId: callerOf(actor), key, endpoint: endpointId, bodyHash: createHash('sha256').update(canonicalJson(input)).digest('hex') }
  const giveUpAt = performance.now() + waitMs
  for (;;) {
    const atMs = await nowMs()
    const mine = await claimKey(claim, atMs)
    if (mine) {
      await purgeNowAndThen(atMs)
      return { ...(await runAndKeep(claim, work)), isReplay: false }
    }
    const row = await db.idempotencyKey.findUnique({ where: { actorId_key: { actorId: claim.actorId, key } } })
    // Gone between the two statements: the first answer was a 5xx, so this one may try.
    if (!row) continue
    if (row.endpoint !== endpointId || row.bodyHash !== claim.bodyHash) throw new AppError('idempotency_mismatch', `The Idempotency-Key ${key} was used for another request`, { field: 'Idempotency-Key' })
    if (row.status !== null) return { status: row.status, body: row.response, isReplay: true }
    if (performance.now() > giveUpAt)
      throw new AppError('conflict', 'The first request with this Idempotency-Key has not been answered yet', { unmet: [unmet('in_progress', 'the same request is still being worked on', null, new Date(row.createdAt.getTime() + claimMs).toISOString())] })
    await pause(lookEveryMs)
  }
}

type Claim = { actorId: string; key: string; endpoint: string; bodyHash: string }

/** True when the key is this caller's now: new, older than a day, or left behind by a process that died. */
async function claimKey(c: Claim, atMs: number): Promise<boolean> {
  const at = new Date(atMs)
  const claimed = await db.$executeRaw`
    insert into idempotency_key (actor_id, key, endpoint, body_hash, created_at) values (${c.actorId}, ${c.key}, ${c.endpoint}, ${c.bodyHash}, ${at})
    on conflict (actor_id, key) do update set endpoint = excluded.endpoint, body_hash = excluded.body_hash, status = null, response = null, created_at = excluded.created_at
    where idempotency_key.created_at < ${new Date(atMs - keepMs)} or (idempotency_key.status is null and idempotency_key.body_hash = excluded.body_hash and idempotency_key.created_at < ${new Date(atMs - claimMs)})`
  return claimed > 0
}

async function runAndKeep(c: Claim, work: () => Promise<Kept>): Promise<Kept> {
  let kept: Kept | null = null
  try {
    kept = await work()
    return kept
  } finally {
    if (kept && kept.status < 500) await db.$executeRaw`update idempotency_key set status = ${kept.status}, response = ${JSON.stringify(kept.body)}::jsonb where actor_id = ${c.actorId} and key = ${c.key}`
    else await db.$executeRaw`delete from idempotency_key where actor_id = ${c.actorId} and key = ${c.key} and status is null`
  }
}

const purgeEveryMs = 60 * 60 * 1000
const shared = globalThis as typeof globalThis & { sluiceKeysPurgedMs?: number }

/** Drops answers that are no longer given. Without a job of its own: keys only pile up where they are used. */
async function purgeNowAndThen(atMs: number): Promise<void> {
  if (atMs - (shared.sluiceKeysPurgedMs ?? 0) < purgeEveryMs) return
  shared.sluiceKeysPurgedMs = atMs
  await db.$executeRaw`delete from idempotency_key where created_at < ${new Date(atMs - keepMs)}`
}
