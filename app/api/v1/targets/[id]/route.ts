import { route } from '#lib/http/server.ts'
import { viewTarget } from '#lib/targets/contract.ts'
import { view } from '#lib/targets/service.ts'

export const GET = route(viewTarget, view)
export * from '#lib/http/other-methods.ts'
