import { passTime } from '#lib/demo/contract.ts'
import { pass } from '#lib/demo/service.ts'
import { route } from '#lib/http/server.ts'

export const POST = route(passTime, pass)
export * from '#lib/http/other-methods.ts'
