import { route } from '#lib/http/server.ts'
import { viewPromotion } from '#lib/promotions/contract.ts'
import { view } from '#lib/promotions/service.ts'

export const GET = route(viewPromotion, view)
export * from '#lib/http/other-methods.ts'
