import type { GateView } from '#lib/gates/schema.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import type { ApprovalRule } from '#lib/rollouts/schema.ts'

/** What every gate may know of the promotion it judges. Times in ms of product time. */
export type GateFacts = {
  nowMs: number
  /** Null while a promotion is only planned: nobody can have approved it. */
  promotionId: string | null
  requestedById: string
  /** Deadlines count from here. */
  requestedAtMs: number
  contentHash: string
  applicationId: string
  environmentId: string
  release: { id: string; version: string; state: string; author: string | null; createdById: string | null; artifacts: readonly { service: string; digest: string }[] }
  policy: { approvals: readonly ApprovalRule[]; after: readonly { environment: string; soakMs: number }[] }
}

/** One row of a gate: what is shown, when to look again, and whether its time has run out for good. */
export type GateOutcome = GateView & { lookAgainAtMs: number | null; expired: string | null }

/**
 * A condition for a promotion to start. `collect` reads, `judge` decides and is pure. A gate gives one outcome per
 * condition of the policy and none when the policy asks for nothing.
 */
export type Gate<Evidence> = {
  collect(tx: Tx, facts: GateFacts): Promise<Evidence>
  judge(facts: GateFacts, evidence: Evidence): GateOutcome[]
}
