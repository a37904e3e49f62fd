'use client'
import { usePassed } from '#components/ui/clock.tsx'

/** What a page read of the database is too old after: three missed polls, of what moves and of what rests. */
export const readLimitSeconds = { moving: 45, quiet: 100 } as const

/** Why an action is off on a page that is too old. */
export const tooOld = { message: 'What is shown is too old to act on; it opens again after a read' } as const

/** True once what was read at `asOf` is too old to act on. Never read counts as too old. */
export function useStale(asOf: string | null | undefined, limitSeconds: number): boolean {
  const passed = usePassed((asOf ? Date.parse(asOf) : 0) + limitSeconds * 1000)
  return !asOf || passed
}
