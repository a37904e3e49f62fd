import type { ChartKind } from '#components/metrics/kinds.ts'
import { armKeys, type ArmKey, highest, type Row, totalOf } from '#components/metrics/rows.ts'
import { capital, countText } from '#components/ui/format.ts'
import { At } from '#components/ui/time.tsx'

const iso = (ms: number) => new Date(ms).toISOString()
const listed = (parts: readonly string[]): string => (parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`)

/** The chart in one sentence or two, with the newest value of each arm and the highest of the window. */
export function Says({ kind, rows, bucketSeconds }: { kind: ChartKind; rows: readonly Row[]; bucketSeconds: number }) {
  const newest = rows.findLast((r) => armKeys.some((arm) => r[arm] !== null))
  const [main] = kind.measures
  if (!newest || !main) return <>No request was reported in this window.</>
  const valueText = (arm: ArmKey) => {
    const figures = newest[arm]
    if (!figures) return []
    const values = kind.measures.map((measure) => { const v = measure.value(figures, bucketSeconds); return `${kind.measures.length > 1 ? `${measure.word} ` : ''}${v === null ? 'unknown' : kind.text(v)}` })
    return [`${arm} ${values.join(', ')}`]
  }
  const top = highest(rows, (f) => main.value(f, bucketSeconds))
  const totals = armKeys.flatMap((arm) => totalOf(rows, arm) ?? [])
  const [requests, errors] = [totals.reduce((sum, t) => sum + t.requests, 0), totals.reduce((sum, t) => sum + t.errors, 0)]
  return (
    <>
      <b>{capital(listed(armKeys.flatMap(valueText)))}</b> from <At iso={iso(newest.fromMs)} /> to <At iso={iso(newest.toMs)} />.{' '}
      {kind.key === 'requests' && <>{countText(requests)} requests in the window.</>}
      {kind.key === 'errors' && (errors === 0 ? <>None of {countText(requests)} requests failed.</> : <>{countText(errors)} of {countText(requests)} requests failed{top && <>; at most {kind.text(top.value)}, {top.arm}, at <At iso={iso(top.row.fromMs)} /></>}.</>)}
      {kind.key === 'latency' && top && <>The highest p95 was {kind.text(top.value)}, {top.arm}, at <At iso={iso(top.row.fromMs)} />.</>}
    </>
  )
}
