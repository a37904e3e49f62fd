import { isIP } from 'node:net'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Cloud } from '#emulator/cloud.ts'
import type { CallLog } from '#emulator/control/calls.ts'
import { actions } from '#emulator/control/actions.ts'
import { RpcError } from '#emulator/errors.ts'
import { header, readText, sendJson } from '#emulator/http/answer.ts'
import type { RouterCounters } from '#emulator/monitoring/exposition.ts'
import type { Draw } from '#emulator/monitoring/random.ts'
import { parseBody } from '#emulator/rest/router.ts'
import type { Operations } from '#emulator/run/operations.ts'
import type { Quota } from '#emulator/run/quota.ts'

export interface ControlParts {
  cloud: Cloud
  operations: Operations
  calls: CallLog
  quota: Quota
  counters: RouterCounters
  clockMovable: boolean
  random: { draw: Draw }
}
export type Action = (parts: ControlParts, body: unknown, query: URLSearchParams) => unknown

/**
 * `/_control`: what a test, or a person with curl, does to the cloud itself. Not part of any Google API, so it is
 * kept from web pages: a loopback Host only (no DNS rebinding) and no Origin (no cross-site request).
 */
export async function serveControl(parts: ControlParts, request: IncomingMessage, response: ServerResponse, url: URL, path: string): Promise<void> {
  if (!isLoopback(url.hostname)) return sendJson(response, 403, refusal(403, `/_control answers on loopback addresses only, not on '${url.hostname}'.`))
  if (header(request, 'origin') !== null) return sendJson(response, 403, refusal(403, '/_control does not answer to web pages (the request has an Origin).'))
  const name = `${request.method ?? ''} ${path.replace(/\/$/, '')}`
  const action = actions[name]
  if (!action) return sendJson(response, 404, refusal(404, `/_control has no ${name}. It has: ${Object.keys(actions).join(', ')}.`))
  try {
    parts.operations.settleDue()
    const answer = await action(parts, parseBody(await readText(request)), url.searchParams)
    sendJson(response, 200, answer)
  } catch (error) {
    if (!(error instanceof RpcError)) throw error
    sendJson(response, error.http, error.body())
  }
}

const refusal = (code: number, message: string) => ({ error: { code, message } })

function isLoopback(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '')
  return bare === 'localhost' || bare === '::1' || (isIP(bare) === 4 && bare.startsWith('127.'))
}
