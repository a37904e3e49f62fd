import { route } from '#lib/http/server.ts'
import { retryRollout } from '#lib/rollouts/contract.ts'
import { retry } from '#lib/rollouts/service.ts'

export const POST = route(retryRollout, retry)
export * from '#lib/http/other-methods.ts'
