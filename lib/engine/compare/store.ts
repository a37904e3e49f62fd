import 'server-only'
import { z } from 'zod'
import { Evidence, type Look, type NewEvidence, type Past, RecordedArm, type RecordedLook } from '#lib/engine/compare/schema.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'

const ByRule = z.record(z.string(), z.number().nullable())

export async function findEvidence(rolloutId: string): Promise<Evidence | null> {
  const row = await db.rolloutEvidence.findUnique({ where: { rolloutId } })
  return row === null ? null : Evidence.parse(row.state)
}

/** Evidence by rule after each of the newest looks at a split, oldest first. */
export async function findLooks(rolloutId: string, take: number): Promise<{ toMs: number; byRule: Record<string, number | null> }[]> {
  const rows = await db.rolloutMeasurement.findMany({ where: { rolloutId, share: { lt: 1 }, isCold: false }, select: { toAt: true, evidence: true }, orderBy: { toAt: 'desc' }, take })
  return rows.toReversed().map((row) => ({ toMs: row.toAt.getTime(), byRule: ByRule.parse(row.evidence) }))
}

export type Recorded = { past: Past; looks: RecordedLook[] }

/** What was recorded of a rollout, oldest look first, with the past that fixes its buckets; null where nothing was. */
export async function findRecord(rolloutId: string): Promise<Recorded | null> {
  const [evidence, rows] = await Promise.all([findEvidence(rolloutId), db.rolloutMeasurement.findMany({ where: { rolloutId }, orderBy: { toAt: 'asc' } })])
  if (evidence === null) return null
  const { past } = evidence
  // An arm that the source had nothing of still has its buckets.
  const arm = (counts: unknown) => (counts === null ? { requests: 0, errors: 0, latency: past.counts.map(() => 0) } : RecordedArm.parse(counts))
  return { past, looks: rows.map((l) => ({ fromMs: l.fromAt.getTime(), toMs: l.toAt.getTime(), share: l.share, candidate: arm(l.candidate), stable: arm(l.stable), isCold: l.isCold })) }
}

/**
 * In the transaction that saves the verdicts, after the fence: a worker that lost its lease adds nothing, and no sample
 * is counted twice, since the state says up to where they are.
 */
export async function saveEvidence(tx: Tx, rolloutId: string, added: readonly NewEvidence[]): Promise<void> {
  const last = added.at(-1)
  if (!last) return
  const row = evidenceRow(rolloutId, last)
  await tx.rolloutEvidence.upsert({ where: { rolloutId }, create: row, update: { state: row.state } })
  await tx.rolloutMeasurement.createMany({ data: added.map((n) => lookRow(rolloutId, n)) })
}

/** The state after a look, as a row. */
export const evidenceRow = (rolloutId: string, n: NewEvidence) => ({ rolloutId, state: n.evidence as unknown as Prisma.InputJsonValue })

/** The look itself, as a row. */
export function lookRow(rolloutId: string, { look: { fromMs, toMs, share, candidate, stable }, stepIndex, byRule, isCold }: NewEvidence): Prisma.RolloutMeasurementCreateManyInput {
  return { rolloutId, fromAt: new Date(fromMs), toAt: new Date(toMs), stepIndex, share, ...(isCold && { isCold }), ...(candidate && { candidate: countsOf(candidate) }), ...(stable && { stable: countsOf(stable) }), evidence: byRule }
}

// The bounds are those of the past, which the evidence keeps once.
const countsOf = (arm: NonNullable<Look['candidate']>) => ({ requests: arm.requests, errors: arm.errors, latency: [...arm.latency.counts] })
