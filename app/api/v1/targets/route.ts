import { route } from '#lib/http/server.ts'
import { listTargets } from '#lib/targets/contract.ts'
import { list } from '#lib/targets/service.ts'

export const GET = route(listTargets, list)
export * from '#lib/http/other-methods.ts'
