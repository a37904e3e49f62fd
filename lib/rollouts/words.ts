import type { Arm } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/** Last part of a revision's name, the one people say: 00042-qib. */
export const shortRevision = (name: string | null | undefined): string => name?.match(/\d{5}-[a-z0-9]+$/)?.[0] ?? name ?? ''

export const armName = (a: Arm | null): string => (a ? (a.version ?? shortRevision(a.revision)) : 'nothing')

/** The answer of a rollout's page in one sentence. */
export function headline(r: RolloutRow): string {
  const what = armName(r.candidate)
  const where = `${r.target.service} in ${r.target.environment}`
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

function runningLine(r: RolloutRow, what: string, share: number): string {
  if (r.kind !== 'promotion') return 'Requested: waits to be read back'
  const step = r.plan.steps[r.stepIndex]
  const undecided = r.verdicts.find((v) => v.verdict === 'inconclusive' && v.mode !== 'watch')
  if (step?.kind === 'bake' && undecided) return `${what} at ${share}%: ${undecided.message}`
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
