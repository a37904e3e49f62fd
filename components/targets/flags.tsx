import { Flag } from '#components/ui/flag.tsx'
import { Mark } from '#components/ui/mark.tsx'
import type { TargetSummary } from '#lib/targets/contract.ts'

/** What is lasting or wrong about a target; a healthy one has no mark. */
export function TargetFlags({ target: t, short = false, running }: { target: TargetSummary; short?: boolean; running?: string | undefined }) {
  return (
    <>
      {t.held && <Mark kind="held" />}
      {!t.held && t.openRollout && <Mark kind="running">{running}</Mark>}
      {t.drift && <Flag icon="drift" ask>{short ? 'Drift' : 'Changed outside'}</Flag>}
      {t.hold && <Flag icon="hold" ask>Hold on {t.hold.release?.version ?? 'a digest'}{t.hold.digests.length > 1 && ` and ${t.hold.digests.length - 1} more`}</Flag>}
      {t.error && <Mark kind="error">Cannot read</Mark>}
    </>
  )
}
