import { env } from '#lib/platform/env.ts'
import { isLoopback, mayReadMetrics, metricsText } from '#lib/platform/metrics.ts'

export const dynamic = 'force-dynamic'

export async function GET(request: Request) {
  // The server writes the caller's address into this header only when the caller sent none; behind an interface that
  // others reach it therefore proves nothing.
  const forwardedFor = isLoopback(env().HOSTNAME ?? '') ? request.headers.get('x-forwarded-for') : null
  if (!mayReadMetrics(request.headers.get('authorization'), forwardedFor)) {
    return Response.json({ detail: 'Set SLUICE_METRICS_TOKEN and send it as a bearer token, or ask from this machine.' }, { status: 403 })
  }
  const { type, text } = await metricsText()
  return new Response(text, { headers: { 'content-type': type, 'cache-control': 'no-store' } })
}
