import { type ReactNode, useId } from 'react'
import { Mark } from '#components/ui/mark.tsx'

/** The one tinted block: it stopped, and a person is asked. Its choices each say what they write. */
export function Question({ title, lead, children }: { title: ReactNode; lead: ReactNode; children: ReactNode }) {
  const id = useId()
  return (
    <section className="ask-box" aria-labelledby={id}>
      <h2 className="lead" id={id}><Mark kind="held">{title}</Mark> <span>{lead}</span></h2>
      {children}
    </section>
  )
}
