import { planBlueprint } from '#lib/blueprints/contract.ts'
import { plan } from '#lib/blueprints/service.ts'
import { route } from '#lib/http/server.ts'

export const POST = route(planBlueprint, plan)
export * from '#lib/http/other-methods.ts'
