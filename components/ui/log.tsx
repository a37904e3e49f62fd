import type { ReactNode } from 'react'
import { At } from '#components/ui/time.tsx'

export type LogItem = { key: string; at: string; text: ReactNode; by: string }

/** Time, sentence, who. */
export const Log = ({ items }: { items: readonly LogItem[] }) => (
  <ol className="log">{items.map((e) => <li key={e.key}><At iso={e.at} seconds /><p>{e.text}</p><span>{e.by}</span></li>)}</ol>
)
