'use client'
import { usePlotArea, useXAxisScale, useYAxisScale } from 'recharts'
import type { ArmKey, Span } from '#components/metrics/rows.ts'

export type EndLabel = { arm: ArmKey; thin: boolean; atMs: number; value: number; text: string; isNewest: boolean }
type Limit = { value: number; mode: 'watch' | 'ask' | 'rollback'; text: string }
type MarksProps = { hatchId: string; spans: readonly Span[]; marks: readonly number[]; limits: readonly Limit[]; ends: readonly EndLabel[] }

/** Diagonal hairlines: not known. */
export const Hatch = ({ id }: { id: string }) => <defs><pattern id={id} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path className="chart-hatch" d="M0 0V5" /></pattern></defs>

const lineHeightPx = 12
const leastSpanLabelPx = 52
const classOf: Record<ArmKey, string> = { stable: 'chart-st', candidate: 'chart-ca', other: '' }

/** Moves labels that would lie on each other apart, keeping their order. */
function apart(ys: readonly number[], lowestY: number): number[] {
  const order = ys.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y)
  const placed = [...ys]
  let from = -Infinity
  for (const { y, i } of order) {
    placed[i] = Math.max(y, from + lineHeightPx)
    from = placed[i]
  }
  const over = Math.max(0, from - lowestY)
  return placed.map((y) => y - over)
}

/** What is laid over the lines: what is not known, when rollouts moved the traffic, where a rule decides, and the newest values. */
export function ChartMarks({ hatchId, spans, marks, limits, ends }: MarksProps) {
  const area = usePlotArea()
  const toX = useXAxisScale()
  const toY = useYAxisScale()
  if (!area || !toX || !toY) return null
  const x = (ms: number) => Math.min(area.x + area.width, Math.max(area.x, toX(ms) ?? area.x))
  const y = (value: number) => toY(value) ?? area.y
  // Only lines that reach the end have room beside them; one that stopped earlier is told by its table.
  const newest = ends.filter((e) => e.isNewest)
  const ys = apart(newest.map((e) => y(e.value) + 4), area.y + area.height + 4)
  return (
    <g className="chart-marks">
      {spans.map((s) => {
        const [left, right] = [x(s.fromMs), x(s.toMs)]
        return (
          <g key={`${s.why}${s.fromMs}`}>
            <rect x={left} y={area.y} width={Math.max(1, right - left)} height={area.height} fill={`url(#${hatchId})`} />
            {s.why === 'no data' && right - left > leastSpanLabelPx && <text x={(left + right) / 2} y={area.y + area.height / 2 + 4} textAnchor="middle">no data</text>}
          </g>
        )
      })}
      {marks.map((ms) => <line key={ms} className="chart-rel" x1={x(ms)} x2={x(ms)} y1={0} y2={area.y + area.height} />)}
      {limits.map((l) => (
        <g key={l.text} className={l.mode === 'rollback' ? 'chart-fail' : 'chart-held'}>
          <line x1={area.x} x2={area.x + area.width} y1={y(l.value)} y2={y(l.value)} />
          <text x={area.x + 6} y={y(l.value) - 4}>{l.text}</text>
        </g>
      ))}
      {newest.map((e, i) => <text key={`${e.arm}${e.text}${e.thin}`} className={classOf[e.arm]} x={area.x + area.width + 5} y={ys[i]}>{e.text}</text>)}
    </g>
  )
}
