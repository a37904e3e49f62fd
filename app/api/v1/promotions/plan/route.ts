import { route } from '#lib/http/server.ts'
import { planPromotion } from '#lib/promotions/contract.ts'
import { plan } from '#lib/promotions/service.ts'

export const POST = route(planPromotion, plan)
export * from '#lib/http/other-methods.ts'
