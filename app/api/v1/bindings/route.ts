import { listBindings, replaceBindings } from '#lib/access/bindings.ts'
import { listBindings as list, putBindings } from '#lib/access/contract.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(list, listBindings)
export const PUT = route(putBindings, replaceBindings)
export * from '#lib/http/other-methods.ts'
