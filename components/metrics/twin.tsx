import type { ChartKind } from '#components/metrics/kinds.ts'
import { armKeys, type Row } from '#components/metrics/rows.ts'
import { durationText } from '#components/ui/format.ts'
import { At } from '#components/ui/time.tsx'

/** The numbers of a chart as a table, newest first. */
export function Twin({ kind, rows, bucketSeconds }: { kind: ChartKind; rows: readonly Row[]; bucketSeconds: number }) {
  const columns = armKeys.filter((arm) => rows.some((r) => r[arm] !== null)).flatMap((arm) => kind.measures.map((measure) => ({ arm, measure, key: `${arm} ${measure.key}` })))
  return (
    <table className="tbl tight">
      <caption className="sr-only">{kind.title} by {durationText(bucketSeconds * 1000)}, newest first</caption>
      <thead><tr><th scope="col">{durationText(bucketSeconds * 1000)} from</th>{columns.map((c) => <th key={c.key} scope="col" className="num"><span className={c.arm === 'candidate' ? 'arm ca' : c.arm === 'other' ? 'arm ot' : 'arm'}>{c.arm}</span>{kind.measures.length > 1 && ` ${c.measure.word}`}</th>)}</tr></thead>
      <tbody>
        {rows.toReversed().map((r) => (
          <tr key={r.fromMs}>
            <th scope="row"><At iso={new Date(r.fromMs).toISOString()} /></th>
            {columns.map((c) => {
              const figures = r[c.arm]
              const value = figures && c.measure.value(figures, bucketSeconds)
              return <td key={c.key} className={value === null ? 'num t3' : 'num'}>{value === null ? 'no data' : kind.text(value)}</td>
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
