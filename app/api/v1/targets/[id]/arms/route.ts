import { route } from '#lib/http/server.ts'
import { viewRolloutArms } from '#lib/metrics/contract.ts'
import { viewArms } from '#lib/metrics/service.ts'

export const GET = route(viewRolloutArms, viewArms)
export * from '#lib/http/other-methods.ts'
