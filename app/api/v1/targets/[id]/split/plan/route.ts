import { route } from '#lib/http/server.ts'
import { planSplit } from '#lib/targets/contract.ts'
import { plan } from '#lib/targets/shift.ts'

export const POST = route(planSplit, plan)
export * from '#lib/http/other-methods.ts'
