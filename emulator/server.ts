import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { localClock, type Clock } from '#emulator/clock/clock.ts'
import { databaseClock } from '#emulator/clock/database-clock.ts'
import type { Cloud } from '#emulator/cloud.ts'
import { CallLog } from '#emulator/control/calls.ts'
import { serveControl, type ControlParts } from '#emulator/control/control.ts'
import { parseDataPath, serveData } from '#emulator/dataplane.ts'
import { serveApi, type ApiParts } from '#emulator/http/api.ts'
import { sendJson } from '#emulator/http/answer.ts'
import { googleApis } from '#emulator/http/google.ts'
import { knativeApis } from '#emulator/knative/face.ts'
import { RouterCounters, serveExposition } from '#emulator/monitoring/exposition.ts'
import { monitoringHandlers } from '#emulator/monitoring/face.ts'
import { serveRegistry } from '#emulator/registry.ts'
import { monitoringRoot, runRoot } from '#emulator/rest/protos.ts'
import { bindRoutes } from '#emulator/rest/router.ts'
import { iamHandlers } from '#emulator/run/iam.ts'
import { operationHandlers, Operations } from '#emulator/run/operations.ts'
import { Quota } from '#emulator/run/quota.ts'
import { revisionHandlers } from '#emulator/run/revisions.ts'
import { serviceHandlers } from '#emulator/run/services.ts'
import { readdressed } from '#emulator/run/traffic.ts'
import { put, State } from '#emulator/state/state.ts'

export interface EmulatorOptions {
  /** 0 takes a free one. */
  port: number
  /** State goes under `<dataDir>/emulator`. */
  dataDir: string
  host?: string
  /** With it, product time is the database's plus its offset; without, an offset of our own. */
  databaseUrl?: string
  /** Whether `/_control/clock` may move a shared clock. */
  demo?: boolean
}
export interface Emulator { port: number; close(): Promise<void> }

const log = (message: string, fields: Record<string, unknown> = {}) => console.error(JSON.stringify({ severity: 'INFO', message, ...fields }))

/**
 * Starts the emulated cloud: Cloud Run v2 and v1, Monitoring v3, an OCI registry, the data plane with its counters, and `/_control`, on
 * one port. Rejects with the error of `listen` when the port is taken. Everything answered for is in the data folder.
 */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const host = options.host ?? '127.0.0.1'
  const server = createServer()
  const ready = Promise.withResolvers<[ControlParts, ApiParts]>()
  // A start that fails rejects by itself; requests that came meanwhile are cut with the server.
  ready.promise.catch(() => server.closeAllConnections())
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    ready.promise.then(([parts, api]) => dispatch(parts, api, request, response)).catch((error: unknown) => {
      log('the emulator failed', { severity: 'ERROR', url: request.url, error: error instanceof Error ? error.stack : String(error) })
      sendJson(response, 500, { error: { code: 500, message: 'Internal error encountered.', status: 'INTERNAL' } })
    })
  })
  // Listen first: a second emulator must not touch the state of the one that owns the port.
  const port = await listen(server, options.port, host)
  const state = new State(join(options.dataDir, 'emulator'))
  const clock: Clock = options.databaseUrl === undefined ? localClock(state) : await databaseClock(options.databaseUrl, log)
  const cloud: Cloud = { state, clock, baseUrl: () => `http://${host}:${port}` }
  moveServices(cloud)
  const operations = new Operations(cloud)
  const parts: ControlParts = {
    cloud,
    operations,
    calls: new CallLog(cloud),
    quota: new Quota(cloud),
    counters: new RouterCounters(cloud),
    clockMovable: options.databaseUrl === undefined || options.demo === true,
    random: { draw: Math.random },
  }
  const services = { cloud, operations }
  const routes = [
    ...bindRoutes(runRoot, 'run.v2', {
      'google.cloud.run.v2.Services': { ...serviceHandlers(cloud, services), ...iamHandlers(cloud) },
      'google.cloud.run.v2.Revisions': revisionHandlers(cloud),
      'google.longrunning.Operations': operationHandlers(cloud, operations),
    }),
    ...bindRoutes(monitoringRoot, 'monitoring', { 'google.monitoring.v3.MetricService': monitoringHandlers(cloud) }),
  ]
  const api: ApiParts = { ...parts, resolve: [googleApis(routes), knativeApis(services)] }
  ready.resolve([parts, api])
  return { port, close: () => stop(server, clock, state) }
}

/** What was stored under another port is served under this one. */
function moveServices(cloud: Cloud): void {
  const base = cloud.baseUrl()
  const moved = [...cloud.state.table('services').values()].filter(record => !record.service.uri.startsWith(`${base}/`))
  cloud.state.commit(...moved.map(record => put('services', record.service.name, { ...record, service: readdressed(record.service, base) })))
}

async function dispatch(parts: ControlParts, api: ApiParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  let url: URL
  let path: string
  try {
    // gcloud behind its proxy setting sends absolute-form targets; URL keeps their host (gcp.md 4).
    url = new URL(request.url ?? '/', `http://${request.headers.host ?? '127.0.0.1'}`)
    path = decodeURIComponent(url.pathname)
  } catch {
    return sendJson(response, 400, { error: { code: 400, message: 'The request target is not a URL.', status: 'INVALID_ARGUMENT' } })
  }
  if (path === '/healthz' || path === '/readyz') return sendJson(response, 200, { status: 'ok' })
  if (path === '/_control' || path.startsWith('/_control/')) return serveControl(parts, request, response, url, path)
  const data = parseDataPath(path)
  if (data) {
    parts.operations.settleDue()
    return serveData(parts.cloud, parts.counters, () => parts.random.draw(), request, response, data)
  }
  if (path === '/metrics') {
    parts.operations.settleDue()
    return serveExposition(parts.counters, response)
  }
  if (path.startsWith('/registry/')) return serveRegistry(parts.cloud, parts.calls, request, response, path)
  return serveApi(api, request, response, url, path)
}

async function listen(server: Server, port: number, host: string): Promise<number> {
  server.keepAliveTimeout = 60_000
  // Tunnels would hide the requests from us: the caller is told to use plain HTTP (gcp.md 4).
  server.on('connect', (_request, socket) => socket.end('HTTP/1.1 501 Not Implemented\r\ncontent-type: text/plain\r\nconnection: close\r\n\r\nThe emulator speaks plain HTTP only: set the API endpoint override to an http:// address.\n'))
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => resolve())
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the emulator does not listen on a port')
  return address.port
}

async function stop(server: Server, clock: Clock, state: State): Promise<void> {
  const closed = new Promise<void>(resolve => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
  await clock.close()
  state.close()
}

