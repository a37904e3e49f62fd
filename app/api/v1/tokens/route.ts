import { createToken, listTokens } from '#lib/access/contract.ts'
import { createToken as create, listTokens as list } from '#lib/access/tokens.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(listTokens, list)
// A repeated request gets the same token without its secret: answers are kept in the database, secrets are not.
export const POST = route(createToken, create, { forReplay: (answer) => ({ ...answer, secret: '' }) })
export * from '#lib/http/other-methods.ts'
