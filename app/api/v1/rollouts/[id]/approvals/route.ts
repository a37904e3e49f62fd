import { route } from '#lib/http/server.ts'
import { approveRolloutStep } from '#lib/rollouts/contract.ts'
import { decideStep } from '#lib/rollouts/service.ts'

export const POST = route(approveRolloutStep, decideStep)
export * from '#lib/http/other-methods.ts'
