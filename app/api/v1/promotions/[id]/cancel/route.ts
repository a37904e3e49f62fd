import { route } from '#lib/http/server.ts'
import { cancelPromotion } from '#lib/promotions/contract.ts'
import { cancel } from '#lib/promotions/service.ts'

export const POST = route(cancelPromotion, cancel)
export * from '#lib/http/other-methods.ts'
