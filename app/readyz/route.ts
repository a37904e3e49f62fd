import { webReadiness } from '#lib/platform/health.ts'

export const dynamic = 'force-dynamic'

export async function GET() {
  const readiness = await webReadiness()
  return Response.json(readiness, { status: readiness.ready ? 200 : 503, headers: { 'cache-control': 'no-store' } })
}
