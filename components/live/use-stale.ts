'use client'
import { useNowMs } from '#components/ui/clock.tsx'

/** True once what was read at `asOf` is too old to act on. Never read counts as too old. */
export function useStale(asOf: string | null | undefined, limitSeconds: number): boolean {
  const now = useNowMs(1000)
  if (!asOf) return true
  return now - Date.parse(asOf) > limitSeconds * 1000
}
