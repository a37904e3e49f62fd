import { viewApplication } from '#lib/applications/contract.ts'
import { view } from '#lib/applications/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(viewApplication, view)
export * from '#lib/http/other-methods.ts'
