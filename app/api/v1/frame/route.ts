import { viewFrame } from '#lib/frame/contract.ts'
import { view } from '#lib/frame/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(viewFrame, view)
export * from '#lib/http/other-methods.ts'
