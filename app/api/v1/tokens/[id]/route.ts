import { deleteToken } from '#lib/access/contract.ts'
import { revokeToken } from '#lib/access/tokens.ts'
import { route } from '#lib/http/server.ts'

export const DELETE = route(deleteToken, revokeToken)
export * from '#lib/http/other-methods.ts'
