import 'server-only'
import { chainHash, type ChainedRow, genesisHash } from '#lib/audit/chain.ts'
import { db, pool } from '#lib/platform/db/client.ts'

export type FirstBad = { chain: string; seq: number; id: string | null; problem: string }

type Row = ChainedRow & { previousHash: string; hash: string }
const batchRows = 2000

// Without Prisma, which takes three times as long to make its objects; a log of years is walked by this.
const selectRows = `
  select id, chain, seq, at, actor_kind as "actorKind", actor_id as "actorId", actor_name as "actorName", verb, subject_kind as "subjectKind", subject_id as "subjectId", subjects,
    reason, message, before, after, request_id as "requestId", previous_hash as "previousHash", hash
  from audit_event where chain = $1 and seq > $2 and seq <= $3 order by seq limit ${batchRows}`
const largestSeq = 2_147_483_647

/**
 * Walks one chain up to its head as it was when this began (later appends are the next walk's), in batches. Finds a row
 * that was edited, removed, inserted or moved, and a tail that was cut off although the head remembers it.
 */
export async function verifyChain(chain: string): Promise<{ rows: number; firstBad: FirstBad | null }> {
  const head = await db.auditChain.findUnique({ where: { chain } })
  let walked = { seq: 0, hash: genesisHash }
  for (;;) {
    const { rows } = await pool.query<Row>(selectRows, [chain, walked.seq, head?.seq ?? largestSeq])
    for (const row of rows) {
      const problem = problemOf(row, walked)
      if (problem) return { rows: walked.seq, firstBad: { chain, seq: row.seq, id: row.id, problem } }
      walked = { seq: row.seq, hash: row.hash }
    }
    if (rows.length < batchRows) break
  }
  return { rows: walked.seq, firstBad: endProblem(chain, walked, head) }
}

function problemOf(row: Row, last: { seq: number; hash: string }): string | null {
  if (row.seq !== last.seq + 1) return `row ${last.seq + 1} is missing before it`
  if (row.previousHash !== last.hash) return 'it does not follow the row before it'
  if (chainHash(row.previousHash, row) !== row.hash) return 'its content is not what was written'
  return null
}

function endProblem(chain: string, last: { seq: number; hash: string }, head: { seq: number; hash: string } | null): FirstBad | null {
  if (!head) return last.seq === 0 ? null : { chain, seq: last.seq, id: null, problem: 'the head of the chain is missing' }
  if (last.seq < head.seq) return { chain, seq: last.seq + 1, id: null, problem: `rows ${last.seq + 1} to ${head.seq} are missing at the end` }
  return last.hash === head.hash ? null : { chain, seq: last.seq, id: null, problem: 'the last row is not the one the head of the chain names' }
}
