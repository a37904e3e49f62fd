import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'

/** The product under test, as scripts/e2e.ts tells: its address, its emulated cloud, its folder. */
export const product = {
  url: process.env['SLUICE_E2E_URL'] ?? 'http://127.0.0.1:3000',
  cloudUrl: `http://127.0.0.1:${process.env['EMULATOR_PORT'] ?? '3010'}`,
  dataFolder: process.env['SLUICE_DATA_DIR'] ?? '.data',
}

const tokens = new Map<string, Promise<string>>()
/** A token as the README's command prints it. Waited for without blocking: else a connection that ended meanwhile is found dead only when it is used. */
export function token(email: string): Promise<string> {
  const known = tokens.get(email)
  if (known) return known
  const printed = promisify(execFile)('npm', ['run', '-s', 'token', '--', email], { env: { ...process.env, NODE_OPTIONS: '' } }).then((out) => out.stdout.trim())
  tokens.set(email, printed)
  return printed
}

export const people = { admin: 'admin@example.test', manager: 'manager@example.test', manager2: 'manager2@example.test', developer: 'developer@example.test', onCall: 'oncall@example.test', viewer: 'viewer@example.test' } as const

export type Answer = { status: number; body: Record<string, unknown> }

/** The public API as a caller of another company would use it. */
export async function api(who: string, method: string, route: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const res = await fetch(`${product.url}/api/v1${route}`, {
    method,
    headers: { authorization: `Bearer ${await token(who)}`, ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await res.text()
  return { status: res.status, body: text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text } }
}

export async function control(route: string, body?: unknown, method = body === undefined ? 'GET' : 'POST'): Promise<unknown> {
  const res = await fetch(`${product.cloudUrl}/_control/${route}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
  if (!res.ok) throw new Error(`/_control/${route} answered ${res.status}: ${await res.text()}`)
  return res.json()
}

/** Writes that the emulated cloud has received for a service, oldest first. */
export const writesTo = async (service: string): Promise<{ seq: number; updateMask?: string; status: number }[]> =>
  ((await control(`calls?write=1&service=${encodeURIComponent(service)}`)) as { calls: { seq: number; updateMask?: string; status: number }[] }).calls

/** A part's process, to be frozen, killed, or let go on. */
export function signal(part: 'worker' | 'emulator', what: NodeJS.Signals): void {
  process.kill(Number(readFileSync(path.join(product.dataFolder, 'pids', part), 'utf8')), what)
}

/** Waits for a condition of the product; the product's own pace decides, not a sleep of ours. */
export async function until<T>(what: string, ask: () => Promise<T | false>, patienceMs = 60_000): Promise<T> {
  const end = Date.now() + patienceMs
  for (;;) {
    const got = await ask()
    if (got !== false) return got
    if (Date.now() > end) throw new Error(`not within ${patienceMs / 1000} s: ${what}`)
    await new Promise((again) => setTimeout(again, 100))
  }
}
