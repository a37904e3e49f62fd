import { route } from '#lib/http/server.ts'
import { restoreRollout } from '#lib/rollouts/contract.ts'
import { restore } from '#lib/rollouts/service.ts'

export const POST = route(restoreRollout, restore)
export * from '#lib/http/other-methods.ts'
