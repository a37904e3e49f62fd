import type { PromotionView } from '#lib/promotions/contract.ts'

/** What a promotion's screen may say of when it was read. A plan that is not made again is no live reading, however new the answer. */
export type Reading = { waits: boolean; plan: { asOf: string | null; prefix: string; live: boolean }; changes: string; gates: { asOf: string | null; prefix: string } }

type Facts = Pick<PromotionView, 'state' | 'now' | 'startedAt' | 'contentHash'> & { plan: { contentHash: string; targets: readonly { asOf: string | null }[] } }

export function readingOf(p: Facts): Reading {
  const waits = p.state === 'pending' || p.state === 'ready'
  const read = p.plan.targets.map((t) => t.asOf).filter((a) => a !== null).sort()[0]
  // Without a target there is nothing to read live: the plan is as old as the answer. With targets of which none could be read, there is no reading.
  const oldest = p.plan.targets.length === 0 ? p.now : (read ?? null)
  if (waits) return { waits, plan: { asOf: oldest, prefix: 'Live read at', live: true }, changes: 'live now, and after', gates: { asOf: p.now, prefix: 'As of' } }
  const since = p.plan.contentHash === p.contentHash ? '' : '; its content changed since, as the events say'
  return { waits, plan: { asOf: read ?? null, prefix: 'Planned on a reading of', live: false }, changes: `as it was planned when it was asked for${since}`, gates: { asOf: p.startedAt, prefix: 'As judged at its start' } }
}
