import 'server-only'
import { createServer, type Server } from 'node:http'
import { db } from '#lib/platform/db/client.ts'
import { migrations } from '#lib/platform/db/generated/migrations.ts'
import { env } from '#lib/platform/env.ts'
import { mayReadMetrics, metricsText } from '#lib/platform/metrics.ts'

/** A database that does not answer in this time counts as down: whoever asks has a time-out of its own, of a few seconds. */
const patienceMs = 2000

export type Readiness = {
  ready: boolean
  database: 'ok' | 'unreachable'
  migrations: 'ok' | 'behind' | 'unknown'
  /** Migrations of this version that the database lacks. */
  missing: readonly string[]
  /** Age of the youngest worker's last beat in ms; null when none ever beat. Never a reason to be unready: rollback works without a worker. */
  workerHeartbeatAgeMs: number | null
}

/** Whether this process can serve: the database answers, and has at least the migrations of this version. */
export async function webReadiness(): Promise<Readiness> {
  try {
    const [applied, workerHeartbeatAgeMs] = await withinPatience(Promise.all([appliedMigrations(), heartbeatAgeMs()]))
    const missing = migrations.filter((name) => !applied.has(name))
    return { ready: missing.length === 0, database: 'ok', migrations: missing.length === 0 ? 'ok' : 'behind', missing, workerHeartbeatAgeMs }
  } catch (error) {
    // An empty database answers, but has no tables yet.
    const isEmpty = error instanceof Error && /does not exist/.test(error.message)
    return { ready: false, database: isEmpty ? 'ok' : 'unreachable', migrations: isEmpty ? 'behind' : 'unknown', missing: isEmpty ? migrations : [], workerHeartbeatAgeMs: null }
  }
}

async function appliedMigrations(): Promise<ReadonlySet<string>> {
  const rows = await db.$queryRaw<{ name: string }[]>`
    select migration_name as name from _prisma_migrations where finished_at is not null and rolled_back_at is null`
  return new Set(rows.map((row) => row.name))
}

/** Age in ms by the database's own clock, which the workers beat with; null when no worker ever beat. */
export async function heartbeatAgeMs(): Promise<number | null> {
  const rows = await db.$queryRaw<{ ms: number | null }[]>`
    select (extract(epoch from clock_timestamp() - max(beat_at)) * 1000)::float8 as ms from worker_heartbeat`
  const ms = rows[0]?.ms
  return typeof ms === 'number' ? Math.max(0, Math.round(ms)) : null
}

function withinPatience<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer in ${patienceMs} ms`)), patienceMs)
  })
  return Promise.race([work, tooLate]).finally(() => clearTimeout(timer))
}

/**
 * Answers /healthz, /readyz and /metrics of a process that is no web server. `isReady` is the process's own view (the
 * worker: its last beat is young enough). Port 0 is off: answers undefined.
 */
export async function serveHealth(port: number, isReady: () => boolean): Promise<Server | undefined> {
  if (port === 0) return undefined
  const server = createServer((request, response) => {
    const answer = (status: number, body: string, type = 'application/json') => response.writeHead(status, { 'content-type': type }).end(body)
    const ready = isReady()
    if (request.url === '/healthz') answer(200, '{"ok":true}')
    else if (request.url === '/readyz') answer(ready ? 200 : 503, JSON.stringify({ ready }))
    else if (request.url !== '/metrics') answer(404, '{"ok":false}')
    else if (!mayReadMetrics(request.headers.authorization, request.socket.remoteAddress)) answer(403, '{"ok":false}')
    else metricsText().then(({ type, text }) => answer(200, text, type), () => answer(503, '{"ok":false}'))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, env().isEmbedded ? '127.0.0.1' : '0.0.0.0', resolve)
  })
  return server
}
