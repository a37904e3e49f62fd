import { z } from 'zod'
import { Unmet } from '#lib/platform/endpoint.ts'

/** A later kind adds its folder, one line here and one in registry.ts; a forgotten one does not compile. */
export const gateKinds = ['approvals', 'upstream'] as const
export type GateKind = (typeof gateKinds)[number]

export const gateStates = ['met', 'unmet', 'denied', 'cannot_check', 'overridden'] as const
export const GateView = z.object({
  kind: z.enum(gateKinds),
  name: z.string(),
  state: z.enum(gateStates),
  summary: z.string(),
  unmet: z.array(Unmet),
})
export type GateView = z.infer<typeof GateView>
