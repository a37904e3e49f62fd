import type { ReactNode } from 'react'

/** Says why there is nothing, and what to do about it. */
export const Empty = ({ children }: { children: ReactNode }) => <p className="empty">{children}</p>

/** Keeps the frame while something is read. */
export const Skeleton = ({ rows = 3 }: { rows?: number }) => (
  <div role="status" aria-label="reading">{Array.from({ length: rows }, (_, i) => <span key={i} className="sk" style={{ width: `${[62, 88, 44, 73, 55, 80][i % 6]}%` }} />)}</div>
)
