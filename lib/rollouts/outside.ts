import 'server-only'
import { sameSplit, tagsOf, withSplit } from '#lib/engine/traffic.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { AppError } from '#lib/platform/errors.ts'
import { isoOf } from '#lib/platform/time.ts'
import { type Intent, Split, type TrafficEntry } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import { observeTarget, type Seen } from '#lib/targets/observe.ts'

/** A service that is gone, taken as it is: as one never seen, so that the next release makes it anew. */
export const asNeverSeen = { intended: Prisma.DbNull, stableRevision: null, stableReleaseId: null, stableSince: null }

export const adoptLive = {
  /** A decision is made on what is live now, never on a snapshot. */
  read: (r: RolloutRow): Promise<Seen> => observeTarget(r.targetId, { maxAgeMs: 0, at: r.plan.locator }),
  write: async (tx: Tx, r: RolloutRow, { observation: o }: Seen): Promise<void> => {
    const live = tagsOf(o.traffic, o.latestReady)
    const tags = Object.fromEntries(Object.keys(r.target.intended?.tags ?? {}).flatMap((t) => (live[t] === undefined ? [] : [[t, live[t]]])))
    await tx.target.update({ where: { id: r.targetId }, data: { drift: Prisma.DbNull, ...(o.exists ? { intended: { split: o.split, tags } } : asNeverSeen), version: { increment: 1 } } })
  },
}

/** What a person chose between was on their screen; a split that moved since, or still moves, is not theirs to keep or to write over. */
export function refuseIfMoved(r: RolloutRow, { observation: o }: Seen): void {
  if (o.settled && sameSplit(o.split, Split.catch({}).parse(r.hold?.details?.['observed']))) return
  throw new AppError('plan_changed', 'the live split changed since this was asked: look at it again', { ref: { etag: o.etag } })
}

/** The live split is where a rollout that goes on to 100% starts from; tags that Sluice set stay what they should be. */
export const startFromLive = (tx: Tx, r: RolloutRow, { observation: o }: Seen) =>
  tx.target.update({ where: { id: r.targetId }, data: { intended: { split: o.split, tags: r.target.intended?.tags ?? {} }, version: { increment: 1 } } })

/** The live list with the intended shares and our tags back where they were; tags of others stay. */
export function restoredTraffic(live: readonly TrafficEntry[], intended: { split: Record<string, number>; tags: Record<string, string> }, latestReady: string | null): TrafficEntry[] {
  const others = live.filter((t) => t.tag === null || intended.tags[t.tag] === undefined)
  const ours = Object.entries(intended.tags).map(([tag, revision]) => ({ revision, latest: false, percent: 0, tag, uri: null }))
  return [...withSplit(others, intended.split, latestReady), ...ours]
}

/** What a restore will write: the engine finds it as a call not made yet and makes it with the etag of that moment. */
export function restoreIntended(r: RolloutRow, { observation: o }: Seen, nowMs: number): Intent {
  const intended = r.target.intended ?? { split: r.observedSplit ?? {}, tags: {} }
  return { kind: 'traffic', purpose: 'restore', traffic: restoredTraffic(o.traffic, intended, o.latestReady), epoch: r.epoch, at: isoOf(nowMs), etag: o.etag }
}
