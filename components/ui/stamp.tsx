'use client'
import { At, Ago } from '#components/ui/time.tsx'
import { Mark } from '#components/ui/mark.tsx'

/** "As of" for a panel: live dot when fresh and followed, the broken ring with the age when too old, plain words when never read. */
export function Stamp({ asOf, stale = false, live = false, prefix = 'As of' }: { asOf: string | null; stale?: boolean; live?: boolean; prefix?: string }) {
  if (asOf === null) return <span className="asof">not read yet</span>
  if (stale) return <span className="asof"><Mark kind="stale"><At iso={asOf} seconds />, <Ago iso={asOf} /></Mark></span>
  return <span className={live ? 'asof live' : 'asof'}>{prefix} <At iso={asOf} seconds /></span>
}
