import { route } from '#lib/http/server.ts'
import { startPromotion } from '#lib/promotions/contract.ts'
import { start } from '#lib/promotions/service.ts'

export const POST = route(startPromotion, start)
export * from '#lib/http/other-methods.ts'
