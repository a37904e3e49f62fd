import 'server-only'
import { z } from 'zod'
import { type Actor, authorise } from '#lib/access/actor.ts'
import { type AuditEvent, type listAudit, type verifyAudit } from '#lib/audit/contract.ts'
import { visibleAudit } from '#lib/audit/visible.ts'
import { type FirstBad, verifyChain } from '#lib/audit/verify.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { readCursor, writeCursor } from '#lib/platform/cursor.ts'
import { db } from '#lib/platform/db/client.ts'
import type { AuditEventModel } from '#lib/platform/db/generated/models.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import { sortOf } from '#lib/platform/sort.ts'

const kinds = ['person', 'token', 'rule', 'system'] as const

export const actorOf = (row: Pick<AuditEventModel, 'actorKind' | 'actorId' | 'actorName'>): AuditEvent['actor'] => ({ kind: kinds.find((k) => k === row.actorKind) ?? 'system', id: row.actorId, name: row.actorName })

const view = (row: AuditEventModel): AuditEvent => ({
  id: row.id, chain: row.chain, seq: row.seq, at: row.at.toISOString(),
  actor: actorOf(row),
  verb: row.verb, subject: { kind: row.subjectKind, id: row.subjectId }, reason: row.reason, message: row.message,
  before: row.before, after: row.after, requestId: row.requestId, hash: row.hash,
})

/**
 * The audit log newest first, as far as the actor may view. `actor` matches an id or a part of a name, `verb` a whole
 * verb or, ending in a dot, all that start so.
 */
export async function listEvents(actor: Actor, input: Parsed<typeof listAudit>): Promise<Output<typeof listAudit>> {
  authorise(actor, 'view', null, 'read the audit log')
  const visible = await visibleAudit(actor)
  const after = readCursor(input.cursor, z.tuple([z.iso.datetime(), z.number().int(), z.uuid()]))
  const { direction } = sortOf(input.sort, '-at')
  const beyond = direction === 'desc' ? 'lt' : 'gt'
  const rows = await db.auditEvent.findMany({
    where: {
      AND: [
        visible.all ? {} : { OR: [{ chain: { in: visible.chains } }, { subjects: { hasSome: visible.subjects } }] },
        subjectFilter(input.subject),
        input.application === undefined ? {} : { OR: [{ chain: input.application }, { subjects: { has: `application:${input.application}` } }] },
        input.actor === undefined ? {} : { OR: [{ actorId: input.actor }, { actorName: { contains: input.actor, mode: 'insensitive' } }] },
        input.verb === undefined ? {} : input.verb.endsWith('.') ? { verb: { startsWith: input.verb } } : { verb: input.verb },
        after ? { OR: [{ at: { [beyond]: after[0] } }, { at: after[0], seq: { [beyond]: after[1] } }, { at: after[0], seq: after[1], id: { [beyond]: after[2] } }] } : {},
      ],
    },
    orderBy: [{ at: direction }, { seq: direction }, { id: direction }],
    take: input.limit + 1,
  })
  const items = rows.slice(0, input.limit)
  const last = items.at(-1)
  return { items: items.map(view), nextCursor: rows.length > items.length && last ? writeCursor([last.at.toISOString(), last.seq, last.id]) : null }
}

function subjectFilter(subject: string | undefined) {
  if (subject === undefined) return {}
  const [, kind, id] = /^([a-z]+):(.+)$/.exec(subject) ?? []
  if (kind === undefined || id === undefined) throw new AppError('invalid_input', 'subject: must be kind:id, such as rollout:<id> or application:<slug>', { field: 'subject' })
  // An application's timeline is its whole chain, whatever each row is about.
  return kind === 'application' ? { OR: [{ chain: id }, { subjects: { has: subject } }] } : { subjects: { has: subject } }
}

/** Walks the chains the actor may view whole and names the first row that is not what was written. */
export async function verifyEvents(actor: Actor, input: Parsed<typeof verifyAudit>): Promise<Output<typeof verifyAudit>> {
  authorise(actor, 'view', null, 'verify the audit log')
  const visible = await visibleAudit(actor)
  const known = await db.$queryRaw<{ chain: string }[]>`select chain from audit_chain union select distinct chain from audit_event order by chain`
  const chains = known.map((k) => k.chain).filter((c) => (visible.all || visible.chains.includes(c)) && (input.application === undefined || c === input.application))
  if (input.application !== undefined && chains.length === 0) throw new AppError('not_found', `There is no audit log of ${input.application} that you may view`, { field: 'application' })
  let rows = 0
  let firstBad: FirstBad | null = null
  for (const chain of chains) {
    const result = await verifyChain(chain)
    rows += result.rows
    firstBad ??= result.firstBad
  }
  return { ok: firstBad === null, rows, chains: chains.length, firstBad, at: new Date(await nowMs()).toISOString() }
}
