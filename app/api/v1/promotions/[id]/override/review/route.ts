import { route } from '#lib/http/server.ts'
import { reviewOverride as endpoint } from '#lib/promotions/contract.ts'
import { reviewOverride } from '#lib/promotions/service.ts'

export const POST = route(endpoint, reviewOverride)
export * from '#lib/http/other-methods.ts'
