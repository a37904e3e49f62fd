import { viewEvidence } from '#lib/evidence/contract.ts'
import { view } from '#lib/evidence/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(viewEvidence, view)
export * from '#lib/http/other-methods.ts'
