import { viewMe } from '#lib/access/contract.ts'
import { me } from '#lib/access/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(viewMe, me)
export * from '#lib/http/other-methods.ts'
