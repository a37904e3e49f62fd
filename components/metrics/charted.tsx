'use client'
import { type ReactNode, useId, useState } from 'react'
import { WhenNear } from '#components/ui/when-near.tsx'

/** Title, sentence, picture and table of one drawing. The picture's name is its title, its description the sentence; the table is drawn when it is opened. */
export function Charted({ title, says, heightPx, table, children }: { title: string; says: ReactNode; heightPx: number; table: () => ReactNode; children: ReactNode }) {
  const id = useId()
  const [open, setOpen] = useState(false)
  return (
    <div className="mchart">
      <div><h3 id={`${id}t`}>{title}</h3> <p className="says" id={`${id}s`}>{says}</p></div>
      <div className="plot" role="img" aria-labelledby={`${id}t`} aria-describedby={`${id}s`}><WhenNear heightPx={heightPx}>{children}</WhenNear></div>
      <details className="twin" onToggle={(e) => setOpen(e.currentTarget.open)}><summary>Same figures as a table</summary>{open && table()}</details>
    </div>
  )
}
