import { listVerdicts } from '#lib/evidence/contract.ts'
import { verdicts } from '#lib/evidence/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(listVerdicts, verdicts)
export * from '#lib/http/other-methods.ts'
