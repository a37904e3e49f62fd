'use client'
import { useQueries } from '@tanstack/react-query'
import { actualCourse, type Course, courseTicks, plannedCourses } from '#components/promotions/course.ts'
import { useHydrated, useNowMs } from '#components/ui/clock.tsx'
import { clockText, durationText } from '#components/ui/format.ts'
import { At } from '#components/ui/time.tsx'
import { query } from '#lib/platform/client.ts'
import type { PromotionView } from '#lib/promotions/contract.ts'
import { isPromotionEnd } from '#lib/promotions/state.ts'
import { viewRollout } from '#lib/rollouts/contract.ts'

const [widthPx, leftPx, laneHeightPx, laneGapPx, headPx, axisPx] = [776, 84, 36, 12, 6, 22]

type Lane = { service: string; planned: Course; actual: Course | null }
type Drawn = { lanes: readonly Lane[]; /** Null before it started: then times count from the start, whenever that is. */ startedMs: number | null; fromMs: number; toMs: number; nowMs: number | null }

/** Planned and actual weight of every service; nothing when no step takes any time and nothing ran. */
function useCourse(p: PromotionView): Drawn | null {
  const rollouts = useQueries({ queries: p.rollouts.map((id) => query(viewRollout, { id })) }).flatMap((q) => q.data ?? [])
  const nowMs = useNowMs(60_000)
  const startedMs = p.startedAt ? Date.parse(p.startedAt) : null
  const fromMs = startedMs ?? 0
  const planned = plannedCourses(p.plan.targets, fromMs)
  const lanes = p.plan.targets.toSorted((a, b) => a.group - b.group).flatMap((t): Lane[] => {
    const course = planned.get(t.service)
    const rollout = rollouts.find((r) => r.target.id === t.target && r.kind === 'promotion')
    return course && course.weights.length > 0 ? [{ service: t.service, planned: course, actual: rollout ? actualCourse(rollout, nowMs) : null }] : []
  })
  const endMs = Math.max(fromMs, ...lanes.flatMap((l) => [l.planned.endMs, l.actual?.endMs ?? 0]))
  if (lanes.length === 0 || endMs <= fromMs) return null
  return { lanes, startedMs, fromMs, toMs: endMs + (endMs - fromMs) * 0.06, nowMs: startedMs !== null && !isPromotionEnd(p.state) ? nowMs : null }
}

const x = (d: Drawn, ms: number) => leftPx + ((ms - d.fromMs) / (d.toMs - d.fromMs)) * (widthPx - leftPx - 2)
const baseOf = (i: number) => headPx + (i + 1) * laneHeightPx + i * laneGapPx
const rise = (percent: number) => (percent / 100) * (laneHeightPx - 4)

function line(d: Drawn, c: Course, base: number, untilMs: number): string {
  const corners = c.weights.map((w) => `V${base - rise(w.percent)}H`)
  const ends = [...c.weights.slice(1).map((w) => w.atMs), untilMs]
  return `M${x(d, c.weights[0]?.atMs ?? d.fromMs)} ${base}${corners.map((corner, i) => `${corner}${x(d, ends[i] ?? untilMs)}`).join('')}`
}

function LaneLines({ d, lane, i }: { d: Drawn; lane: Lane; i: number }) {
  const base = baseOf(i)
  const went = lane.actual
  const shown = went ?? lane.planned
  return (
    <g>
      {went && <path className="area" d={`${line(d, went, base, went.endMs)}V${base}Z`} />}
      <path className="plan" d={line(d, lane.planned, base, d.toMs)} />
      {went && <path className="went" d={line(d, went, base, went.endMs)} />}
      <path className="base" d={`M${leftPx} ${base}H${widthPx}`} />
      <text x={0} y={base - 2} className="ttl">{lane.service}</text>
      {shown.weights.filter((w) => w.percent > 0).map((w) => <text key={w.atMs} x={x(d, w.atMs) + 5} y={w.percent > 60 ? base - rise(w.percent) + 13 : base - rise(w.percent) - 5} className="pc">{w.percent}%</text>)}
    </g>
  )
}

function Picture({ d }: { d: Drawn }) {
  const zone = useHydrated() ? undefined : 'UTC'
  const bottom = baseOf(d.lanes.length - 1)
  const text = (ms: number) => (d.startedMs !== null ? clockText(ms, ms, zone, false) : ms === 0 ? 'start' : `+${durationText(ms)}`)
  const ticks = courseTicks(d.fromMs, d.toMs)
  return (
    <svg className="course hide-phone" viewBox={`0 0 ${widthPx} ${bottom + axisPx}`} aria-hidden="true">
      {ticks.map((ms) => <g key={ms}><path className="grid" d={`M${x(d, ms)} ${headPx}V${bottom}`} /><text x={x(d, ms)} y={bottom + 16} textAnchor={ms === d.fromMs ? 'start' : 'middle'} suppressHydrationWarning>{text(ms)}</text></g>)}
      {d.lanes.map((lane, i) => <LaneLines key={lane.service} d={d} lane={lane} i={i} />)}
      {d.nowMs !== null && d.nowMs <= d.toMs && <path className="now" d={`M${x(d, d.nowMs)} ${headPx}V${bottom}`} />}
    </svg>
  )
}

const When = ({ d, ms }: { d: Drawn; ms: number }) => (d.startedMs !== null ? <At iso={new Date(ms).toISOString()} seconds="always" /> : ms === 0 ? <>at the start</> : <>after {durationText(ms)}</>)

/** The same as a table: each weight, when it was planned, and when it was read back. */
const CourseTable = ({ d }: { d: Drawn }) => (
  <details className="twin">
    <summary>Same as a table</summary>
    <table className="tbl tight">
      <caption className="sr-only">Weight of the candidate over time</caption>
      <thead><tr><th scope="col">Service</th><th scope="col" className="num">Weight</th><th scope="col">Planned</th>{d.startedMs !== null && <th scope="col">Read back</th>}</tr></thead>
      <tbody>
        {d.lanes.flatMap((lane) => {
          const wentBack = lane.actual?.weights.filter((w) => w.percent === 0) ?? []
          return [...lane.planned.weights, ...wentBack].map((w, i) => {
            const actual = lane.actual?.weights.find((a) => a.percent === w.percent)
            const isPlanned = i < lane.planned.weights.length
            return <tr key={`${lane.service} ${i}`}><th scope="row">{lane.service}</th><td className="num">{w.percent}%</td><td className="t2">{isPlanned ? <When d={d} ms={w.atMs} /> : 'not planned'}</td>{d.startedMs !== null && <td className="t2">{actual ? <When d={d} ms={actual.atMs} /> : 'not sent'}</td>}</tr>
          })
        })}
      </tbody>
    </table>
  </details>
)

/** The candidate's weight over time: dashed as planned, filled as it went. The sentence above and the table below say the same. */
export function WeightCourse({ promotion: p }: { promotion: PromotionView }) {
  const d = useCourse(p)
  if (!d) return null
  return (
    <figure className="mt" aria-label="Weight of the candidate over time">
      <Picture d={d} />
      <p className="chart-keys hide-phone"><span className="key ca planned">planned</span>{d.startedMs !== null && <span className="key ca">as it went</span>}</p>
      <CourseTable d={d} />
    </figure>
  )
}
