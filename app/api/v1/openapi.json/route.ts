import { openApi } from '#lib/http/openapi.ts'
import { env } from '#lib/platform/env.ts'

/** Public: it says what could be asked, nothing of what is here. */
export const GET = (): Response => Response.json(openApi(env().SLUICE_URL), { headers: { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } })
