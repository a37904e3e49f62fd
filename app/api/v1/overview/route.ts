import { route } from '#lib/http/server.ts'
import { viewOverview } from '#lib/overview/contract.ts'
import { view } from '#lib/overview/service.ts'

export const GET = route(viewOverview, view)
export * from '#lib/http/other-methods.ts'
