import type { ReactNode } from 'react'
import { Mark, type MarkKind } from '#components/ui/mark.tsx'

/** The first line of a page: what is so, why, what follows and when. One per page. */
export const Answer = ({ kind, word, children, below }: { kind: MarkKind; word: ReactNode; children: ReactNode; below?: ReactNode }) => (
  <section className="sec answer" aria-label="Answer">
    <p className="lead" role="status"><Mark kind={kind}>{word}</Mark> <span>{children}</span></p>
    {below}
  </section>
)
