import { ApprovalLog } from '#components/promotions/approval-log.tsx'
import { Section } from '#components/ui/section.tsx'
import type { RolloutView } from '#lib/rollouts/contract.ts'

/** Decisions on approve steps of this rollout, each bound to the content it was given for. */
export const StepApprovals = ({ rollout: r }: { rollout: RolloutView }) =>
  r.approvals.length === 0 ? null : <Section title="Approvals"><ApprovalLog approvals={r.approvals} contentHash={r.contentHash} /></Section>
