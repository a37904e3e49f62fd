import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { root } from '#scripts/parts.ts'
import { freePort } from '#scripts/postgres.ts'
import { waitFor } from '#scripts/steps.ts'

/** What is there without us: a Next app of the same versions, with one page of a heading and a button, and one of rows by a single statement. */
const files: Readonly<Record<string, string>> = {
  'package.json': '{ "private": true, "type": "module" }',
  'next.config.mjs': `export default { outputFileTracingRoot: ${JSON.stringify(root)}, turbopack: { root: ${JSON.stringify(root)} }, poweredByHeader: false }`,
  // Else it takes the one of the folder above, which is the product's.
  'instrumentation.js': 'export function register() {}',
  'app/layout.js': `export const metadata = { title: 'Bare' }
export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html> }`,
  'app/press.js': `'use client'
import { useState } from 'react'
export function Press() {
  const [count, setCount] = useState(0)
  return <button onClick={() => setCount(count + 1)}>Press {count}</button>
}`,
  'app/page.js': `import { Press } from './press.js'
export const dynamic = 'force-dynamic'
export default function Page() { return <main><h1>Bare</h1><p>{new Date().toISOString()}</p><Press /></main> }`,
  'app/rows/page.js': `import pg from 'pg'
import { Press } from '../press.js'
export const dynamic = 'force-dynamic'
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10, application_name: 'bare' })
export default async function Page() {
  const { rows } = await pool.query(\`select t.id, a.title, s.slug, t.stable_revision, t.stable_since from target t join environment e on e.id = t.environment_id
    join application a on a.id = e.application_id join service s on s.id = t.service_id where e.tier = 'production' order by a.slug, s.position limit 500\`)
  return <main><h1>Rows</h1><Press /><table><tbody>{rows.map(r => <tr key={r.id}><th>{r.title} {r.slug}</th><td>{r.stable_revision}</td><td>{r.stable_since?.toISOString()}</td></tr>)}</tbody></table></main>
}`,
}

export type Bare = { url: string; stop: () => Promise<void> }

/** Builds and starts it on a free port. It lies inside the repository, whose node_modules it finds like everything there. */
export async function startBare(databaseUrl: string): Promise<Bare> {
  mkdirSync(path.join(root, '.data'), { recursive: true })
  const folder = mkdtempSync(path.join(root, '.data', 'bench-bare-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
      writeFileSync(path.join(folder, name), text)
    }
    const built = await ended(next(folder, ['build'], {}))
    if (built !== 0) throw new Error(`next build of the bare page ended with code ${built}`)
    const port = await freePort()
    const child = next(folder, ['start', '--hostname', '127.0.0.1', '--port', String(port)], { DATABASE_URL: databaseUrl })
    const stop = async () => {
      child.kill('SIGTERM')
      await ended(child)
      remove()
    }
    const url = `http://127.0.0.1:${port}`
    await waitFor('the bare page', 60_000, async () => (await fetch(url)).ok).catch(async (error: unknown) => {
      await stop()
      throw error
    })
    return { url, stop }
  } catch (error) {
    remove()
    throw error
  }
}

const next = (folder: string, args: string[], env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, [path.join(root, 'node_modules/next/dist/bin/next'), ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1', NODE_OPTIONS: '', ...env } })

const ended = (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode ?? 1)
    else child.once('exit', (code) => resolve(code ?? 1))
  })
