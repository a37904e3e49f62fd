import type { Unmet } from '#lib/platform/endpoint.ts'
import { listText } from '#lib/platform/words.ts'
import type { ServiceOutcome } from '#lib/promotions/decide.ts'
import type { PromotionState } from '#lib/promotions/state.ts'

type Outcome = { service: string; outcome: ServiceOutcome }

/** Names a mixed state: which services run the release although the promotion did not succeed, and which do not. Null when it is not mixed. */
export function mixedText(version: string, outcomes: readonly Outcome[]): string | null {
  const on = outcomes.filter((o) => o.outcome === 'not_back').map((o) => o.service)
  const off = outcomes.filter((o) => o.outcome !== 'not_back').map((o) => o.service)
  if (on.length === 0) return null
  if (off.length === 0) return `${listText(on)} still on ${version}: it was not taken back`
  return `mixed: ${listText(on)} on ${version}, ${listText(off)} not`
}

export type HeadlineFacts = { state: PromotionState; version: string; environment: string; endReason: string | null; unmet: readonly Unmet[]; rollouts: readonly { service: string; state: string; hold: string | null }[]; supersededBy: string | null }

/** The answer of the page in one sentence. */
export function headlineOf(f: HeadlineFacts): string {
  const what = `${f.version} to ${f.environment}`
  const why = f.endReason === null ? '' : `: ${f.endReason}`
  switch (f.state) {
    case 'pending':
      return `${what} waits${f.unmet.length > 0 ? `: ${f.unmet[0]?.message ?? ''}${f.unmet.length > 1 ? `, and ${f.unmet.length - 1} more` : ''}` : ''}`
    case 'ready':
      return f.unmet.length > 0 ? `${what} is ready: ${f.unmet[0]?.message ?? ''}` : `${what} is ready`
    case 'rolling_out':
      return rollingText(f, what)
    case 'succeeded':
      return `${f.version} is out in ${f.environment}`
    case 'rolled_back':
      return `${what} was rolled back${why}`
    case 'failed':
    case 'rejected':
    case 'expired':
    case 'cancelled':
    case 'superseded':
      return `${what} ${f.state === 'failed' ? 'failed' : `was ${f.state}`.replace('was expired', 'expired')}${why}`
    default: {
      const never: never = f.state
      return never
    }
  }
}

function rollingText(f: HeadlineFacts, what: string): string {
  const held = f.rollouts.find((r) => r.state === 'held')
  if (held) return `${what}: ${held.service} is held${held.hold === null ? '' : `, ${held.hold}`}`
  if (f.supersededBy !== null) return `${what} goes back: a newer release takes over`
  const going = f.rollouts.filter((r) => r.state === 'rolling_back').map((r) => r.service)
  if (going.length > 0) return `${what}: ${listText(going)} goes back to stable`
  const paused = f.rollouts.filter((r) => r.state === 'paused').map((r) => r.service)
  if (paused.length > 0) return `${what}: ${listText(paused)} is paused`
  const now = f.rollouts.filter((r) => r.state === 'running' || r.state === 'pending').map((r) => r.service)
  return `${what} is rolling out${now.length > 0 ? `: ${listText(now)} now` : ''}`
}
