import { route } from '#lib/http/server.ts'
import { rollbackTarget } from '#lib/targets/contract.ts'
import { rollBack } from '#lib/targets/rollback.ts'

export const POST = route(rollbackTarget, rollBack)
export * from '#lib/http/other-methods.ts'
