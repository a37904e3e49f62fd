import { route } from '#lib/http/server.ts'
import { unvetoRelease } from '#lib/releases/contract.ts'
import { unveto } from '#lib/releases/service.ts'

export const POST = route(unvetoRelease, unveto)
export * from '#lib/http/other-methods.ts'
