import { verifyAudit } from '#lib/audit/contract.ts'
import { verifyEvents } from '#lib/audit/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(verifyAudit, verifyEvents)
export * from '#lib/http/other-methods.ts'
