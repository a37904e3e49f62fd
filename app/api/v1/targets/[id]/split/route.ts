import { route } from '#lib/http/server.ts'
import { writeSplit } from '#lib/targets/contract.ts'
import { shift } from '#lib/targets/shift.ts'

export const POST = route(writeSplit, shift)
export * from '#lib/http/other-methods.ts'
