import { route } from '#lib/http/server.ts'
import { resumeRollout } from '#lib/rollouts/contract.ts'
import { resume } from '#lib/rollouts/service.ts'

export const POST = route(resumeRollout, resume)
export * from '#lib/http/other-methods.ts'
