import { listEnvironments } from '#lib/environments/contract.ts'
import { list } from '#lib/environments/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(listEnvironments, list)
export * from '#lib/http/other-methods.ts'
