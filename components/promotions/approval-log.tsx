import { Log } from '#components/ui/log.tsx'
import { Mark } from '#components/ui/mark.tsx'
import type { ApprovalView } from '#lib/rollouts/contract.ts'

/** Who decided what, on which content; voided ones stay with the reason. */
export const ApprovalLog = ({ approvals, contentHash }: { approvals: readonly ApprovalView[]; contentHash: string }) => (
  <Log
    items={approvals.map((a) => ({
      key: a.id,
      at: a.at,
      by: a.voided ? 'void' : a.contentHash === contentHash ? 'counts' : 'other content',
      text: (
        <>
          {a.voided ? <Mark kind="skipped">Void</Mark> : a.decision === 'approve' ? <Mark kind="pass">Approved</Mark> : <Mark kind="fail">Rejected</Mark>} {a.person}
          {a.comment && <>: “{a.comment}”</>}
          {a.voided && <span className="t2"> {a.voided.reason}</span>}
        </>
      ),
    }))}
  />
)
