import { route } from '#lib/http/server.ts'
import { viewTargetMetrics } from '#lib/metrics/contract.ts'
import { viewMetrics } from '#lib/metrics/service.ts'

export const GET = route(viewTargetMetrics, viewMetrics)
export * from '#lib/http/other-methods.ts'
