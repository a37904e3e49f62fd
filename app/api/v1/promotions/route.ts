import { route } from '#lib/http/server.ts'
import { createPromotion, listPromotions } from '#lib/promotions/contract.ts'
import { create, list } from '#lib/promotions/service.ts'

export const GET = route(listPromotions, list)
export const POST = route(createPromotion, create)
export * from '#lib/http/other-methods.ts'
