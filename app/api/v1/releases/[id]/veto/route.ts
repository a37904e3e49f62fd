import { route } from '#lib/http/server.ts'
import { vetoRelease } from '#lib/releases/contract.ts'
import { veto } from '#lib/releases/service.ts'

export const POST = route(vetoRelease, veto)
export * from '#lib/http/other-methods.ts'
