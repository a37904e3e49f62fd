'use client'
import { useHydrated, useNowMs } from '#components/ui/clock.tsx'
import { clockText, durationText, fullText, relativeText } from '#components/ui/format.ts'

/** An absolute time in the reader's zone (UTC until the page is live); the full one with its zone is the title. `seconds` shows them today, `always` on other days too. */
export function At({ iso, seconds = false }: { iso: string; seconds?: boolean | 'always' }) {
  const zone = useHydrated() ? undefined : 'UTC'
  const now = useNowMs(60_000)
  const at = Date.parse(iso)
  return <time dateTime={iso} title={fullText(at, zone)} suppressHydrationWarning>{clockText(at, now, zone, seconds)}</time>
}

/** How long ago or until, with the absolute time on hover. */
export function Ago({ iso }: { iso: string }) {
  const zone = useHydrated() ? undefined : 'UTC'
  const now = useNowMs(1000)
  const at = Date.parse(iso)
  return <time dateTime={iso} title={fullText(at, zone)} suppressHydrationWarning>{relativeText(at, now)}</time>
}

/** The length of something that runs or ran. */
export function Lasted({ fromIso, toIso }: { fromIso: string; toIso: string | null }) {
  const now = useNowMs(1000)
  return <span suppressHydrationWarning>{durationText(Math.max(0, (toIso ? Date.parse(toIso) : now) - Date.parse(fromIso)))}</span>
}
