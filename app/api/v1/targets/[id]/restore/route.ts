import { route } from '#lib/http/server.ts'
import { restoreTarget } from '#lib/targets/contract.ts'
import { restore } from '#lib/targets/service.ts'

export const POST = route(restoreTarget, restore)
export * from '#lib/http/other-methods.ts'
