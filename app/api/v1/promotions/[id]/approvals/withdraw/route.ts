import { route } from '#lib/http/server.ts'
import { withdrawApproval } from '#lib/promotions/contract.ts'
import { withdraw } from '#lib/promotions/service.ts'

export const POST = route(withdrawApproval, withdraw)
export * from '#lib/http/other-methods.ts'
