import type { IncomingMessage, ServerResponse } from 'node:http'
import { RpcError } from '#emulator/errors.ts'

const bodyLimitBytes = 10 * 1024 * 1024

export async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > bodyLimitBytes) throw new RpcError('INVALID_ARGUMENT', `Request payload size exceeds the limit: ${bodyLimitBytes} bytes.`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

export function sendJson(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  if (response.destroyed || response.headersSent) return
  const text = `${JSON.stringify(body)}\n`
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', 'content-length': Buffer.byteLength(text), ...headers })
  response.end(text)
}

/** Resolves when the caller has gone away, at once if it already has. */
export function callerGone(response: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    if (response.closed || response.destroyed) resolve()
    else response.once('close', resolve)
  })
}

export function header(request: IncomingMessage, name: string): string | null {
  const value = request.headers[name]
  return typeof value === 'string' ? value : (value?.[0] ?? null)
}
