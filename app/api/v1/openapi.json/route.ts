import { openApi } from '#lib/http/openapi.ts'
import { env } from '#lib/platform/env.ts'

// Made once: it is the same for everybody, and anybody may ask for it as often as they like.
let made: string | undefined

/** Public: it says what could be asked, nothing of what is here. */
export const GET = (): Response => new Response((made ??= JSON.stringify(openApi(env().SLUICE_URL))), { headers: { 'content-type': 'application/json', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } })
export * from '#lib/http/other-methods.ts'
