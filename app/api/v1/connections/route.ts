import { listConnections } from '#lib/connections/contract.ts'
import { list } from '#lib/connections/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(listConnections, list)
export * from '#lib/http/other-methods.ts'
