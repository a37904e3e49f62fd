import type { Arm, StepPlan } from '#lib/rollouts/schema.ts'
import { isUndecided } from '#lib/rollouts/state.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/** Last part of a revision's name, the one people say: 00042-qib. */
export const shortRevision = (name: string | null | undefined): string => name?.match(/\d{5}-[a-z0-9]+$/)?.[0] ?? name ?? ''

export const armName = (a: Arm | null): string => (a ? (a.version ?? shortRevision(a.revision)) : 'nothing')

export type HeadlineFacts = Pick<RolloutRow, 'kind' | 'state' | 'hold' | 'stable' | 'candidate' | 'desiredSplit' | 'observedSplit' | 'endReason'> & {
  service: string
  environment: string
  /** The step it is in; null after the last one. */
  step: StepPlan | null
  /** What the first rule that has to decide and cannot yet says. */
  undecided: string | null
}

export const headlineFactsOf = (r: RolloutRow): HeadlineFacts => ({ ...r, service: r.target.service, environment: r.target.environment, step: r.plan.steps[r.stepIndex] ?? null, undecided: r.verdicts.find(isUndecided)?.message ?? null })
export const headline = (r: RolloutRow): string => headlineOf(headlineFactsOf(r))

/** The answer of a rollout's page in one sentence. */
export function headlineOf(r: HeadlineFacts): string {
  const what = armName(r.candidate)
  const where = `${r.service} in ${r.environment}`
  const share = r.candidate?.revision ? (r.observedSplit?.[r.candidate.revision] ?? 0) : 0
  switch (r.state) {
    case 'pending':
      return `${what} is about to start on ${where}`
    case 'running':
      return runningLine(r, what, share)
    case 'paused':
      return `Paused at ${share}% of ${what}: nothing moves until it is resumed`
    case 'held':
      return `Held: ${r.hold?.message ?? 'a person has to decide'}`
    case 'rolling_back':
      return `Going back to ${shortRevision(r.stable?.revision)}: ${r.endReason ?? 'asked'}`
    case 'succeeded':
      return r.kind === 'promotion' ? `${what} serves 100% of ${where}, read back` : r.kind === 'rollback' ? `100% is back on ${shortRevision(Object.keys(r.desiredSplit ?? {})[0])}, read back` : 'The split is written and read back'
    case 'rolled_back':
      return `Rolled back to ${shortRevision(r.stable?.revision)}: ${r.endReason ?? ''}`
    case 'failed':
      return `Failed: ${r.endReason ?? 'see the events'}`
    case 'cancelled':
      return `Cancelled: ${r.endReason ?? 'it never had traffic'}`
    case 'superseded':
      return `Superseded: ${r.endReason ?? 'a newer action took over'}`
    default:
      return r.state satisfies never
  }
}

function runningLine({ kind, step, undecided }: HeadlineFacts, what: string, share: number): string {
  if (kind !== 'promotion') return 'Requested: waits to be read back'
  if (step?.kind === 'bake' && undecided !== null) return `${what} at ${share}%: ${undecided}`
  if (step?.kind === 'bake') return `${what} at ${share}%: watched before the next step`
  if (step?.kind === 'deploy') return `${what} is being deployed at 0%`
  if (step?.kind === 'verify') return `${what} is checked at its own address, 0% traffic`
  if (step?.kind === 'setWeight') return `Sending ${step.percent}% to ${what}`
  return `${what} at ${share}%`
}

/** The same way back without Sluice, to keep for the night it is down. */
export function gcloudLine(locator: { project: string; region: string; service: string }, revision: string | null): string {
  return `gcloud run services update-traffic ${locator.service} --project=${locator.project} --region=${locator.region} --to-revisions=${revision ?? 'REVISION'}=100`
}
