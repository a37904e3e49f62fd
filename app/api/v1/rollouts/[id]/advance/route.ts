import { route } from '#lib/http/server.ts'
import { advanceRollout } from '#lib/rollouts/contract.ts'
import { advance } from '#lib/rollouts/service.ts'

export const POST = route(advanceRollout, advance)
export * from '#lib/http/other-methods.ts'
