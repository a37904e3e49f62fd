import { route } from '#lib/http/server.ts'
import { pauseRollout } from '#lib/rollouts/contract.ts'
import { pause } from '#lib/rollouts/service.ts'

export const POST = route(pauseRollout, pause)
export * from '#lib/http/other-methods.ts'
