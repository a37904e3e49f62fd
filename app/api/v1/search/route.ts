import { route } from '#lib/http/server.ts'
import { search } from '#lib/search/contract.ts'
import { find } from '#lib/search/service.ts'

export const GET = route(search, find)
export * from '#lib/http/other-methods.ts'
