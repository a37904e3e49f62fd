import { checkConnections } from '#lib/connections/contract.ts'
import { check } from '#lib/connections/service.ts'
import { route } from '#lib/http/server.ts'

export const POST = route(checkConnections, check)
export * from '#lib/http/other-methods.ts'
