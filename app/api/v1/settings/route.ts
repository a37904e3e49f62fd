import { route } from '#lib/http/server.ts'
import { viewSettings } from '#lib/settings/contract.ts'
import { view } from '#lib/settings/service.ts'

export const GET = route(viewSettings, view)
export * from '#lib/http/other-methods.ts'
