import { exportAudit } from '#lib/audit/contract.ts'
import { exportEvents } from '#lib/audit/export.ts'
import { routeFile } from '#lib/http/server.ts'

export const GET = routeFile(exportAudit, exportEvents)
export * from '#lib/http/other-methods.ts'
