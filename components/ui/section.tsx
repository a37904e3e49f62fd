import { clsx } from 'clsx'
import { type ReactNode, useId } from 'react'

type SectionProps = { title: string; note?: ReactNode; end?: ReactNode; className?: string | undefined; stale?: boolean; busy?: boolean; children: ReactNode }

/** A panel: parted from its neighbours by a hairline, named by its heading, with its "as of" at the end of the head. */
export function Section({ title, note, end, className, stale = false, busy = false, children }: SectionProps) {
  const id = useId()
  return (
    <section className={clsx('sec', className, stale && 'is-stale')} aria-labelledby={id} aria-busy={busy || undefined}>
      <div className="sec-h"><h2 id={id}>{title}</h2>{note && <p>{note}</p>}{end && <div className="end">{end}</div>}</div>
      {children}
    </section>
  )
}
