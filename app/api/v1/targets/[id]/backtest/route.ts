import { runBacktest } from '#lib/backtest/contract.ts'
import { run } from '#lib/backtest/service.ts'
import { route } from '#lib/http/server.ts'

export const POST = route(runBacktest, run)
export * from '#lib/http/other-methods.ts'
