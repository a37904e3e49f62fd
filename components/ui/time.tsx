'use client'
import { useAtNow, useHydrated, useNowMs } from '#components/ui/clock.tsx'
import { ageText, clockText, durationText, fullText, relativeText } from '#components/ui/format.ts'

/** An absolute time in the reader's zone (UTC until the page is live); the full one with its zone is the title. `seconds` shows them today, `always` on other days too. */
export function At({ iso, seconds = false }: { iso: string; seconds?: boolean | 'always' }) {
  const zone = useHydrated() ? undefined : 'UTC'
  const at = Date.parse(iso)
  const now = useNowMs(60_000)
  return <time dateTime={iso} title={fullText(at, zone)} suppressHydrationWarning>{clockText(at, now, zone, seconds)}</time>
}

/** How long ago or until, with the absolute time on hover. */
export function Ago({ iso }: { iso: string }) {
  const zone = useHydrated() ? undefined : 'UTC'
  const at = Date.parse(iso)
  const text = useAtNow((nowMs) => relativeText(at, Math.floor(nowMs / 1000) * 1000))
  return <time dateTime={iso} title={fullText(at, zone)} suppressHydrationWarning>{text}</time>
}

/** How old something is, in its largest unit: for tables, where the column says that it is an age. */
export function Age({ iso }: { iso: string }) {
  const zone = useHydrated() ? undefined : 'UTC'
  const at = Date.parse(iso)
  const text = useAtNow((nowMs) => ageText(at, nowMs))
  return <time dateTime={iso} title={fullText(at, zone)} suppressHydrationWarning>{text}</time>
}

/** The length of something that runs or ran. */
export function Lasted({ fromIso, toIso }: { fromIso: string; toIso: string | null }) {
  const text = useAtNow((nowMs) => durationText(Math.max(0, (toIso ? Date.parse(toIso) : Math.floor(nowMs / 1000) * 1000) - Date.parse(fromIso))))
  return <span suppressHydrationWarning>{text}</span>
}
