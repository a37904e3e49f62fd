import { route } from '#lib/http/server.ts'
import { adoptRollout } from '#lib/rollouts/contract.ts'
import { adopt } from '#lib/rollouts/service.ts'

export const POST = route(adoptRollout, adopt)
export * from '#lib/http/other-methods.ts'
