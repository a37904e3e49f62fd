import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { sessionCookieName, writeSession } from '#lib/access/session.ts'
import type { RoleName } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'

/** The product under test as its readers reach it, and the page it is compared with. */
export type Product = { url: string; bareUrl: string; dataFolder: string; emulatorPort: number; manager: string }

/** The Cookie header of a fresh session of this account. */
export async function cookieOf(email: string): Promise<string> {
  const { id } = await db.person.findUniqueOrThrow({ where: { email }, select: { id: true } })
  return `${sessionCookieName()}=${await writeSession(id, randomUUID())}`
}

/** A new account with one role, everywhere or in one application; without a role it may see nothing. Answers its Cookie header. */
export async function newReader(role: RoleName | null, applicationId: string | null = null): Promise<string> {
  const email = `reader-${randomUUID().slice(0, 8)}@example.test`
  await db.person.create({ data: { email, name: 'Reader of the benchmark', bindings: { create: role === null ? [] : [{ role, applicationId }] } } })
  return cookieOf(email)
}

/** Stops the worker where it stands, or lets it go on: its own statements and reads must not be counted as the pages'. */
export function signalWorker(dataFolder: string, signal: 'SIGSTOP' | 'SIGCONT'): void {
  process.kill(Number(readFileSync(path.join(dataFolder, 'pids', 'worker'), 'utf8')), signal)
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
export type Fetched = { status: number; ms: number; bytes: number; body: () => string }

/** One GET as a browser makes it (gzip accepted), timed until its last byte. The body is kept as it came. */
export function get(url: string, cookie: string | null, encoding: 'gzip' | 'identity' = 'gzip'): Promise<Fetched> {
  const startedMs = performance.now()
  return new Promise((resolve, reject) => {
    const headers = { 'accept-encoding': encoding, ...(cookie !== null && { cookie }) }
    const req = http.get(url, { agent, headers }, (res) => {
      const parts: Buffer[] = []
      res.on('data', (part: Buffer) => parts.push(part))
      res.once('error', reject)
      res.once('end', () => {
        const whole = Buffer.concat(parts)
        resolve({ status: res.statusCode ?? 0, ms: performance.now() - startedMs, bytes: whole.length, body: () => whole.toString('utf8') })
      })
    })
    // A kept connection that the server closed at this very moment: nothing was asked yet.
    req.once('error', (error) => (req.reusedSocket && 'code' in error && error.code === 'ECONNRESET' ? get(url, cookie, encoding).then(resolve, reject) : reject(error)))
  })
}

/** As `get`, for pages that must be there. */
export async function page(url: string, cookie: string | null, encoding: 'gzip' | 'identity' = 'gzip'): Promise<Fetched> {
  const got = await get(url, cookie, encoding)
  if (got.status !== 200) throw new Error(`${url} answered ${got.status}`)
  return got
}

export const say = (line: string): void => void process.stdout.write(`${line}\n`)
