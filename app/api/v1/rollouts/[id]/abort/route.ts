import { route } from '#lib/http/server.ts'
import { abortRollout } from '#lib/rollouts/contract.ts'
import { abort } from '#lib/rollouts/service.ts'

export const POST = route(abortRollout, abort)
export * from '#lib/http/other-methods.ts'
