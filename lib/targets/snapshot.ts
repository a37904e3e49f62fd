import type { Observation, ObservedRevision } from '#lib/drivers/runtime.ts'

/** A target's stored snapshot: only observe.ts writes it, from the driver's own types, so its shape is trusted here. */
export type Snapshot = { split: Record<string, number>; observation: Observation; revisions: ObservedRevision[] }

export function snapshotOf(row: { snapshot: unknown }): Snapshot | null {
  const s = row.snapshot
  return typeof s === 'object' && s !== null && 'observation' in s ? (s as Snapshot) : null
}
