import { route } from '#lib/http/server.ts'
import { decidePromotion } from '#lib/promotions/contract.ts'
import { decide } from '#lib/promotions/service.ts'

export const POST = route(decidePromotion, decide)
export * from '#lib/http/other-methods.ts'
