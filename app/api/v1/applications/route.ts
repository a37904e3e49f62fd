import { listApplications } from '#lib/applications/contract.ts'
import { list } from '#lib/applications/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(listApplications, list)
export * from '#lib/http/other-methods.ts'
