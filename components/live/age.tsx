'use client'
import { ReadNow } from '#components/live/read-now.tsx'
import { readLimitSeconds, tooOld, useStale } from '#components/live/use-stale.ts'
import { useServerIso } from '#components/ui/clock.tsx'
import type { Why } from '#components/ui/reasons.tsx'
import { Strip } from '#components/ui/strip.tsx'

export type Age = { asOf: string | null; stale: boolean; /** Why nothing may be changed from what is shown. */ closed: readonly Why[] }

/** How old the oldest of a page's readings of the database is. What has no answer yet shows that itself and is not old. */
export function useAge(...reads: readonly { data: unknown; dataUpdatedAt: number }[]): Age {
  const isRead = reads.every((r) => r.data !== undefined)
  const asOf = useServerIso(Math.min(...reads.map((r) => r.dataUpdatedAt)))
  const stale = useStale(asOf, readLimitSeconds.quiet) && isRead
  return { asOf: isRead ? asOf : null, stale, closed: stale ? [tooOld] : [] }
}

/** Says that the page is too old, what that means here, and offers to read. */
export const StaleStrip = ({ age, children }: { age: Age; children: string }) =>
  age.stale ? <Strip kind="stale" word="Stale" action={<ReadNow />}>This was read more than {readLimitSeconds.quiet} s ago. {children}</Strip> : null
