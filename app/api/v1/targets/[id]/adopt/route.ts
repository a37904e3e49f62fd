import { route } from '#lib/http/server.ts'
import { adoptTarget } from '#lib/targets/contract.ts'
import { adopt } from '#lib/targets/service.ts'

export const POST = route(adoptTarget, adopt)
export * from '#lib/http/other-methods.ts'
