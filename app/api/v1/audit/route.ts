import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { route } from '#lib/http/server.ts'

export const GET = route(listAudit, listEvents)
export * from '#lib/http/other-methods.ts'
