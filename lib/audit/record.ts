import 'server-only'
import { randomUUID } from 'node:crypto'
import type { Actor } from '#lib/access/actor.ts'
import { chainHash, type ChainedRow, genesisHash, storableJson, storableText } from '#lib/audit/chain.ts'
import type { Tx } from '#lib/platform/db/client.ts'

export type AuditEntry = {
  /** Application slug, or '-' for what belongs to none. */
  chain: string
  actor: Actor
  verb: string
  subject: { kind: 'rollout' | 'promotion' | 'target' | 'release' | 'application' | 'person' | 'token' | 'worker'; id: string }
  /** Other objects whose timeline shows this: "target:<id>" … */
  also?: readonly string[]
  reason?: string | null
  /** One plain sentence for timelines. */
  message: string
  before?: unknown
  after?: unknown
  /** Product time. */
  atMs: number
}

const text = (s: string | null | undefined): string | null => (s === null || s === undefined ? null : storableText(s))

/**
 * Appends one row to the application's hash chain in the caller's transaction. Call it last in the transaction:
 * it locks the chain's head until commit, so that rows are ordered as they commit and a rolled-back change leaves no gap.
 * What a token did is also on that token's own timeline.
 */
export async function record(tx: Tx, entry: AuditEntry): Promise<void> {
  const { actor } = entry
  const [head] = await tx.$queryRaw<{ seq: number; hash: string }[]>`
    insert into audit_chain (chain, seq, hash) values (${entry.chain}, 1, ${genesisHash})
    on conflict (chain) do update set seq = audit_chain.seq + 1 returning seq, hash`
  if (!head) throw new Error(`audit chain ${entry.chain} gave no head`)
  const before = storableJson(entry.before)
  const after = storableJson(entry.after)
  const row: ChainedRow = {
    id: randomUUID(), chain: entry.chain, seq: head.seq, at: new Date(Math.trunc(entry.atMs)),
    actorKind: actor.kind, actorId: text(actor.id), actorName: storableText(actor.name), verb: entry.verb,
    subjectKind: entry.subject.kind, subjectId: entry.subject.id,
    subjects: [...new Set([`${entry.subject.kind}:${entry.subject.id}`, ...(entry.also ?? []), ...(actor.tokenId ? [`token:${actor.tokenId}`] : [])])],
    reason: text(entry.reason), message: storableText(entry.message), before, after, requestId: text(actor.requestId),
  }
  const hash = chainHash(head.hash, row)
  // One statement, so that the head and its row cannot part even when somebody runs this outside a transaction.
  await tx.$executeRaw`
    with appended as (
      insert into audit_event (id, chain, seq, at, actor_kind, actor_id, actor_name, verb, subject_kind, subject_id, subjects, reason, message, before, after, request_id, previous_hash, hash)
      values (${row.id}::uuid, ${row.chain}, ${row.seq}, ${row.at}, ${row.actorKind}, ${row.actorId}, ${row.actorName}, ${row.verb}, ${row.subjectKind}, ${row.subjectId}, ${[...row.subjects]},
        ${row.reason}, ${row.message}, ${before === null ? null : JSON.stringify(before)}::jsonb, ${after === null ? null : JSON.stringify(after)}::jsonb, ${row.requestId}, ${head.hash}, ${hash})
    )
    update audit_chain set hash = ${hash} where chain = ${row.chain}`
}
