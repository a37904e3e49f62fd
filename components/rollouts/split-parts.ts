import type { SplitPart } from '#components/ui/split-bar.tsx'
import type { Arm, Split } from '#lib/rollouts/schema.ts'

/** Stable left, candidate right; revisions that are neither stand between them in grey. */
export function splitParts(split: Split, stable: string | null, candidate: string | null): SplitPart[] {
  const others = Object.entries(split).filter(([name, percent]) => name !== stable && name !== candidate && percent > 0)
  const parts: SplitPart[] = []
  if (stable) parts.push({ arm: 'st', name: stable, percent: split[stable] ?? 0 })
  for (const [name, percent] of others) parts.push({ arm: 'ot', name, percent })
  if (candidate && candidate !== stable) parts.push({ arm: 'ca', name: candidate, percent: split[candidate] ?? 0 })
  return parts
}

/** "90 / 10": in the order of the bar. */
export const splitText = (parts: readonly SplitPart[]): string => parts.map((p) => p.percent).join(' / ')

export const sameSplit = (a: Split, b: Split): boolean => [...new Set([...Object.keys(a), ...Object.keys(b)])].every((k) => (a[k] ?? 0) === (b[k] ?? 0))

export const revisionOf = (arm: Pick<Arm, 'revision'> | null): string | null => (arm && arm.revision !== '' ? arm.revision : null)
