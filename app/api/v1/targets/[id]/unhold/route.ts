import { route } from '#lib/http/server.ts'
import { unholdTarget } from '#lib/targets/contract.ts'
import { unhold } from '#lib/targets/service.ts'

export const POST = route(unholdTarget, unhold)
export * from '#lib/http/other-methods.ts'
