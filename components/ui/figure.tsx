import type { ReactNode } from 'react'

/** A key figure with its unit in the text; null says "no data", never 0. */
export const Figure = ({ value, children }: { value: string | null; children?: ReactNode }) => (
  <p>{value === null ? <span className="t3">no data</span> : <b className="figure">{value}</b>}{children && <span className="small t2"> {children}</span>}</p>
)
