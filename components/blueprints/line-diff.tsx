'use client'
import { clsx } from 'clsx'
import { structuredPatch } from 'diff'

/** Lines taken away and lines added, with three lines around each for orientation. */
export function LineDiff({ label, before, after }: { label: string; before: string; after: string }) {
  const { hunks } = structuredPatch('', '', before, after, '', '', { context: 3 })
  if (hunks.length === 0) return <p className="t2">No line differs.</p>
  return (
    <div className="lines-diff" role="group" tabIndex={0} aria-label={label}>
      {hunks.map((h, n) => (
        <div className="contents" key={h.oldStart}>
          {n > 0 && <div className="hunk">⋯</div>}
          {numbered(h).map((l) => (
            <div key={`${l.old ?? ''} ${l.now ?? ''}`} className={clsx('line', l.sign === '+' && 'plus', l.sign === '-' && 'minus')}>
              <i aria-hidden="true">{l.old}</i><i aria-hidden="true">{l.now}</i><span>{l.sign === '+' ? <><span className="sr-only">added: </span>+</> : l.sign === '-' ? <><span className="sr-only">taken away: </span>−</> : ' '}</span><span>{l.text || ' '}</span>
            </div>
          ))}
        </div>
      ))}
    </div>
  )
}

type Line = { sign: string; old: number | null; now: number | null; text: string }

/** Lines of a hunk with their numbers before and after; the remark on a missing last line break is left out. */
function numbered(h: { oldStart: number; newStart: number; lines: readonly string[] }): Line[] {
  let [old, now] = [h.oldStart, h.newStart]
  return h.lines.filter((l) => !l.startsWith('\\')).map((l) => {
    const sign = l.charAt(0)
    return { sign, old: sign === '+' ? null : old++, now: sign === '-' ? null : now++, text: l.slice(1) }
  })
}
