import { DriverError } from '#lib/drivers/errors.ts'
import { approvals } from '#lib/gates/approvals/gate.ts'
import type { GateFacts, GateOutcome } from '#lib/gates/gate.ts'
import { gateKinds, type GateKind } from '#lib/gates/schema.ts'
import { upstream } from '#lib/gates/upstream/gate.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { unmet } from '#lib/platform/errors.ts'

type AnyGate = { collect(tx: Tx, facts: GateFacts): Promise<unknown>; judge(facts: GateFacts, evidence: never): GateOutcome[] }

/** Every kind has its gate: one that is forgotten does not compile. */
const gates = { approvals, upstream } satisfies { [K in GateKind]: AnyGate }

/**
 * All conditions of the policy, judged now. What cannot be measured is `cannot_check` and does not open: a gate fails
 * closed. With `overriddenBy` every open condition shows as overridden and opens.
 */
export async function evaluateGates(tx: Tx, facts: GateFacts, overriddenBy: string | null = null): Promise<GateOutcome[]> {
  const outcomes: GateOutcome[] = []
  for (const kind of gateKinds) outcomes.push(...(await evaluate(tx, kind, facts)))
  return overriddenBy === null ? outcomes : outcomes.map((o) => overridden(o, overriddenBy))
}

async function evaluate(tx: Tx, kind: GateKind, facts: GateFacts): Promise<GateOutcome[]> {
  const gate: AnyGate = gates[kind]
  try {
    // `satisfies` above pairs each gate's evidence with its judge; TypeScript cannot follow that through the map.
    return gate.judge(facts, (await gate.collect(tx, facts)) as never)
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    return [{ kind, name: kind, state: 'cannot_check', summary: `cannot be checked: ${error.message}`, unmet: [unmet('cannot_check', error.message)], lookAgainAtMs: facts.nowMs + 30_000, expired: null }]
  }
}

function overridden(outcome: GateOutcome, by: string): GateOutcome {
  if (outcome.state === 'met') return outcome
  return { ...outcome, state: 'overridden', summary: `overridden by ${by}; was: ${outcome.summary}`, unmet: [], lookAgainAtMs: null, expired: null }
}

export const isOpen = (outcome: GateOutcome): boolean => outcome.state === 'met' || outcome.state === 'overridden'
