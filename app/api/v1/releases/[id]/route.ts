import { route } from '#lib/http/server.ts'
import { viewRelease } from '#lib/releases/contract.ts'
import { view } from '#lib/releases/service.ts'

export const GET = route(viewRelease, view)
export * from '#lib/http/other-methods.ts'
