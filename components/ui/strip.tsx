import type { ReactNode } from 'react'
import { Mark, type MarkKind } from '#components/ui/mark.tsx'

/** A notice that belongs to the page and stays until its cause is gone. */
export const Strip = ({ kind, word, children, action }: { kind: MarkKind; word: ReactNode; children: ReactNode; action?: ReactNode }) => (
  <div className="strip" role="status"><Mark kind={kind}>{word}</Mark><span>{children}</span>{action}</div>
)
