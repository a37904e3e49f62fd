import { viewGuide } from '#lib/demo/contract.ts'
import { guide } from '#lib/demo/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(viewGuide, guide)
export * from '#lib/http/other-methods.ts'
