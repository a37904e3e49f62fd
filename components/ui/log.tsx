import type { ReactNode } from 'react'
import { At } from '#components/ui/time.tsx'

/** `rows`: what a line stands for, shown when it is opened. */
export type LogItem = { key: string; at: string; text: ReactNode; by: ReactNode; rows?: readonly LogItem[] }

/** Time, sentence, who. */
export const Log = ({ items }: { items: readonly LogItem[] }) => (
  <ol className="log">
    {items.map((e) => (
      <li key={e.key}>
        <At iso={e.at} seconds />
        {e.rows && e.rows.length > 1 ? <details><summary>{e.text}</summary><ol className="log-rows">{e.rows.map((r) => <li key={r.key}><At iso={r.at} seconds="always" /> {r.text} <span className="t3">{r.by}</span></li>)}</ol></details> : <p>{e.text}</p>}
        <span>{e.by}</span>
      </li>
    ))}
  </ol>
)
