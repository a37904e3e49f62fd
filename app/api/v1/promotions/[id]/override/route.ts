import { route } from '#lib/http/server.ts'
import { overridePromotion } from '#lib/promotions/contract.ts'
import { override } from '#lib/promotions/service.ts'

export const POST = route(overridePromotion, override)
export * from '#lib/http/other-methods.ts'
