import { Mark } from '#components/ui/mark.tsx'
import type { Release } from '#lib/releases/contract.ts'

/** An active release carries no mark: that is how it should be. */
export function ReleaseMark({ release: r }: { release: Pick<Release, 'state'> }) {
  if (r.state === 'vetoed') return <Mark kind="fail">Vetoed</Mark>
  if (r.state === 'abandoned') return <Mark kind="skipped">Abandoned</Mark>
  return <span className="t3">active</span>
}
