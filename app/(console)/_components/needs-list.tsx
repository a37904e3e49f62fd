import Link from 'next/link'
import { useState } from 'react'
import { splitText } from '#components/rollouts/split-parts.ts'
import { Button } from '#components/ui/button.tsx'
import { LinkButton } from '#components/ui/link-button.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { useNowMs } from '#components/ui/clock.tsx'
import { durationText } from '#components/ui/format.ts'
import { InWords } from '#components/ui/in-words.tsx'
import { Ago, At } from '#components/ui/time.tsx'
import type { Need } from './needs.ts'

const soonMs = 6 * 3_600_000

/** Time left, coloured once it is short: nobody's silence is consent. */
function Left({ iso }: { iso: string }) {
  const leftMs = Date.parse(iso) - useNowMs(60_000)
  return <b className={leftMs < soonMs ? 'held' : undefined} suppressHydrationWarning>{leftMs > 0 ? `${durationText(Math.max(60_000, leftMs))} left` : 'denied now'}</b>
}

/** More than these at once is an outage of its own: the rest is one press away, and the heading counts all. */
const shownAtFirst = 12

export function NeedsList({ needs }: { needs: readonly Need[] }) {
  const [isWhole, setIsWhole] = useState(false)
  const shown = isWhole ? needs : needs.slice(0, shownAtFirst)
  return (
    <section className="sec needs" aria-label="Needs you">
      {needs.length === 0 ? <p className="t2">Nothing waits for you. Held rollouts, approvals you can give, changes from outside and failures come here first.</p> : (
        <ol>{shown.map((n, i) => <Line key={n.key} need={n} isFirst={i === 0} />)}</ol>
      )}
      {needs.length > shownAtFirst && <p className="mt"><Button onPress={() => setIsWhole(!isWhole)}>{isWhole ? 'Show fewer' : `Show ${needs.length - shownAtFirst} more`}</Button></p>}
    </section>
  )
}

const Line = ({ need: n, isFirst }: { need: Need; isFirst: boolean }) => (
  <li>
    <Mark kind={n.kind}>{n.word}</Mark>
    <div><p><Link className="b" href={n.href}>{n.title}</Link> {n.where}</p><p className="t2"><InWords message={n.text} /></p></div>
    <div className="w">{n.parts.length > 0 && <><SplitBar parts={n.parts} /><span className="small t3">{splitText(n.parts)}</span></>}</div>
    <p className="when">{n.due ? <><Left iso={n.due} /> denied <At iso={n.due} />, {n.by}</> : <><b><Ago iso={n.at} /></b> {n.by}</>}</p>
    <LinkButton href={n.href} primary={isFirst && n.rank === 0} label={`${n.button}: ${n.title} ${n.where}`}>{n.button}</LinkButton>
  </li>
)
