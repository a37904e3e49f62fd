'use client'
import { clsx } from 'clsx'
import { useStale } from '#components/live/use-stale.ts'
import { countText, millisText, rateText } from '#components/ui/format.ts'
import { Mark } from '#components/ui/mark.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Ago, At } from '#components/ui/time.tsx'
import type { Health } from '#lib/health/schema.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'

/** Three looks of the worker were missed. */
const limitSeconds = 200

type Measured = { requests: number; errors: number; p95Ms: number | null }
/** What a target answered, line by line: one for all of it, or one for each arm of its rollout. Null where that arm answered nothing. */
type Lines = readonly (Measured | null)[]

const without = { no_requests: 'no requests', not_measured: 'not measured', cannot_measure: 'Cannot measure' } satisfies Record<Exclude<Health['state'], 'measured'>, string>

/** Where two revisions answer, each has a line, as in the cells beside. */
function linesOf(h: Health, arms: readonly (string | null)[]): Lines {
  if (h.revisions.length === 0 || arms.some((name) => name === null)) return [h]
  return arms.map((name) => h.revisions.find((r) => r.revision === name) ?? null)
}

/** The counts beside it tell what rounding hides. */
const share = (m: Measured): string => rateText(m.errors / m.requests)
const latency = (m: Measured): string => (m.p95Ms === null ? 'not known' : millisText(m.p95Ms))

const Words = ({ health: h }: { health: Health | null }) =>
  h === null ? <>not read yet</> : h.state === 'cannot_measure' ? <span title={h.error ?? undefined}><Mark kind="error">{without.cannot_measure}</Mark></span> : h.state === 'measured' ? null : <>{without[h.state]}</>

const Errors = ({ m }: { m: Measured | null }) =>
  m === null ? <span className="block t3">no requests</span> : <span className="block">{share(m)} <small>{countText(m.errors)} of {countText(m.requests)}<span className="sr-only"> requests failed</span></small></span>

type Props = { health: Health | null; arms: readonly (string | null)[] }

/** Errors and p95 of one target in two cells, or in one the word why there are none. */
export function HealthCells({ health: h, arms }: Props) {
  const old = useStale(h?.asOf, limitSeconds)
  if (h?.state !== 'measured') return <td colSpan={2} className="hide-phone num t3"><Words health={h} /></td>
  const lines = linesOf(h, arms)
  return (
    <>
      <td className={clsx('hide-phone num', old && 'is-stale')}>{lines.map((m, i) => <Errors key={i} m={m} />)}</td>
      <td className={clsx('hide-phone num', old && 'is-stale')}>{lines.map((m, i) => <span key={i} className={m ? 'block' : 'block t3'}>{m ? latency(m) : '–'}</span>)}</td>
    </>
  )
}

/** The same on a phone, as a line of its own. */
export function HealthLine({ health: h, arms }: Props) {
  const old = useStale(h?.asOf, limitSeconds)
  return (
    <small className={clsx('only-phone', old && h?.state === 'measured' && 'is-stale')}>
      {h?.state === 'measured' ? linesOf(h, arms).map((m, i) => <span className="block" key={i}>{m ? <><span className="nw">{share(m)} errors,</span> <span className="nw">p95 {latency(m)}</span></> : 'no requests'}</span>) : <Words health={h} />}
      {old && h?.state === 'measured' && <span className="block">read <Ago iso={h.asOf} /></span>}
    </small>
  )
}

/** How old what the workers read is, and which minutes it speaks of: the oldest of what is listed. */
export function HealthAge({ targets, stale }: { targets: readonly TargetSummary[]; stale: boolean }) {
  const read = targets.flatMap((t) => t.health ?? []).filter((h) => h.state !== 'not_measured')
  const oldest = read.toSorted((a, b) => a.asOf.localeCompare(b.asOf))[0]
  const old = useStale(oldest?.asOf, limitSeconds)
  if (!oldest) return null
  return <span className="hide-phone small t3">errors and p95{oldest.until && <>, 5 min to <At iso={oldest.until} /></>}, <Stamp asOf={oldest.asOf} stale={old || stale} prefix="read" /></span>
}
