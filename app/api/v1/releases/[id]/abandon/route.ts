import { route } from '#lib/http/server.ts'
import { abandonRelease } from '#lib/releases/contract.ts'
import { abandon } from '#lib/releases/service.ts'

export const POST = route(abandonRelease, abandon)
export * from '#lib/http/other-methods.ts'
