import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { CallEntry } from '#emulator/state/types.ts'

export type { CallEntry }

export interface LaunchOptions {
  /** Where the state lives; left out, a folder of its own that `stop` removes. */
  dataDir?: string
  /** Added to the environment, e.g. `DATABASE_URL`, or `EMULATOR_PORT` to come back on the same port (default: a free one). */
  env?: Readonly<Record<string, string>>
}

export interface LaunchedEmulator {
  readonly port: number
  readonly url: string
  readonly pid: number
  readonly dataDir: string
  /** `/_control/<path>`: POST with a body, else GET. Throws with the emulator's text when it refuses. */
  control(path: string, body?: unknown, method?: 'GET' | 'POST' | 'DELETE'): Promise<unknown>
  /** The calls received, oldest first; by default those that could change something. */
  calls(filter?: { write?: boolean; service?: string; since?: number; rpc?: string }): Promise<CallEntry[]>
  /** Ends the process and resolves once it is gone. SIGKILL shows what a crash leaves behind. */
  stop(signal?: NodeJS.Signals): Promise<void>
}

/**
 * Starts the emulator as a process of its own, as in production of the demo, and resolves when it listens. Rejects with
 * what it wrote when it ends before that. The process also ends with the one that launched it.
 */
export async function launchEmulator(options: LaunchOptions = {}): Promise<LaunchedEmulator> {
  const ownDir = options.dataDir === undefined
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'sluice-emulator-'))
  // The clock of a test's emulator is its own unless a database is given.
  const { DATABASE_URL: _, ...inherited } = process.env
  const child = spawn(process.execPath, ['--conditions=react-server', join(import.meta.dirname, 'main.ts')], {
    cwd: join(import.meta.dirname, '..'),
    env: { ...inherited, EMULATOR_PORT: '0', SLUICE_DATA_DIR: dataDir, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const endChild = () => child.kill('SIGKILL')
  process.once('exit', endChild)
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const port = await listeningPort(child)
  const url = `http://127.0.0.1:${port}`

  const control: LaunchedEmulator['control'] = async (path, body, method = body === undefined ? 'GET' : 'POST') => {
    const response = await fetch(`${url}/_control${path === '' ? '' : `/${path.replace(/^\//, '')}`}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
    const text = await response.text()
    if (!response.ok) throw new Error(`/_control/${path} answered ${response.status}: ${text}`)
    return JSON.parse(text) as unknown
  }
  return {
    port,
    url,
    pid: child.pid ?? 0,
    dataDir,
    control,
    calls: async ({ write = true, service, since, rpc } = {}) => {
      const query = new URLSearchParams({ write: write ? '1' : '0', ...(service !== undefined && { service }), ...(since !== undefined && { since: String(since) }), ...(rpc !== undefined && { rpc }) })
      const answer = await control(`calls?${query.toString()}`)
      return (answer as { calls: CallEntry[] }).calls
    },
    stop: async (signal = 'SIGTERM') => {
      process.off('exit', endChild)
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      await gone
      if (ownDir) rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

/** The port from the line that the process prints once it listens. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const said: string[] = []
    const { stdout, stderr } = child
    if (!stdout || !stderr) return reject(new Error('the emulator was started without pipes'))
    createInterface({ input: stderr }).on('line', line => said.push(line))
    createInterface({ input: stdout }).on('line', line => {
      said.push(line)
      const port = /"message":"emulator listening","port":(\d+)/.exec(line)?.[1]
      if (port !== undefined) resolve(Number(port))
    })
    child.once('error', reject)
    child.once('exit', code => reject(new Error(`the emulator ended with ${code} before it listened:\n${said.join('\n')}`)))
  })
}
