import Link from 'next/link'
import { plotLeftPx, plotRightPx } from '#components/metrics/plot.ts'
import { useHydrated, useNowMs } from '#components/ui/clock.tsx'
import { clockText } from '#components/ui/format.ts'
import type { ReleaseMarker } from '#lib/metrics/contract.ts'

/** Share of the width that a label needs; a mark without that room keeps its line and its name, not its words. */
const labelShare = 0.13
const flipFrom = 0.8

type Placed = ReleaseMarker & { share: number; lane: 0 | 1; labelled: boolean }

function place(markers: readonly ReleaseMarker[], fromMs: number, untilMs: number): Placed[] {
  const freeFrom = [-1, -1]
  return markers.map((k) => {
    const share = Math.min(1, Math.max(0, (Date.parse(k.at) - fromMs) / (untilMs - fromMs)))
    const start = share > flipFrom ? share - labelShare : share
    const lane = freeFrom.findIndex((free) => start >= free)
    if (lane !== -1) freeFrom[lane] = start + labelShare
    return { ...k, share, lane: lane === 1 ? 1 : 0, labelled: lane !== -1 }
  })
}

/** When rollouts of this target moved its traffic; each leads to its rollout. */
export function ReleaseStrip({ markers, fromMs, untilMs }: { markers: readonly ReleaseMarker[]; fromMs: number; untilMs: number }) {
  const zone = useHydrated() ? undefined : 'UTC'
  const now = useNowMs(60_000)
  const placed = place(markers, fromMs, untilMs)
  if (placed.length === 0) return null
  return (
    <nav className={placed.some((p) => p.lane === 1) ? 'rel-strip two' : 'rel-strip'} aria-label="Rollouts in this window">
      {placed.map((p) => {
        const when = clockText(Date.parse(p.at), now, zone, false)
        return <Link key={`${p.rollout}${p.at}${p.text}`} href={`/rollouts/${p.rollout}`} className={`${p.lane === 1 ? 'low' : ''}${p.share > flipFrom ? ' flip' : ''}`} style={{ left: `calc(${plotLeftPx}px + (100% - ${plotLeftPx + plotRightPx}px) * ${p.share})` }} title={`${p.text}, ${when}`} aria-label={`${p.text}, ${when}`} suppressHydrationWarning>{p.labelled ? p.text : ''}</Link>
      })}
    </nav>
  )
}
