import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export type Part = {
  name: string
  /** Arguments of the Node that runs this. */
  args: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  /** Where its output goes; absent: where ours goes. */
  logFile?: string
  /** Holds the number of the process that runs now. */
  pidFile?: string
}
export type Supervised = {
  /** Ends it for good: SIGTERM to its group, SIGKILL when it has not ended after `patienceMs`. */
  stop: (patienceMs?: number) => Promise<void>
  /** Restarts so far. */
  restarts: () => number
}

const waitsMs = [1000, 2000, 4000, 8000, 16_000, 30_000]
/** One that ran this long is taken to be well again: its next restart waits 1 s. */
const wellAfterMs = 60_000
// Beside this file in the sources, and beside the bundle in the image.
const followSupervisor = ['--import', path.join(import.meta.dirname, 'follow-supervisor.mjs')]
const largestLogBytes = 10_000_000

/** Runs a part until `stop`, restarting it when it ends by itself, after 1 s, 2 s … 30 s, with a line each time. */
export function supervise(part: Part, say: (line: string) => void): Supervised {
  let child: ChildProcess
  let timer: NodeJS.Timeout | undefined
  let isStopping = false
  let failures = 0
  let restarts = 0

  const run = () => {
    const startedMs = performance.now()
    child = launch(part)
    child.once('error', (error) => say(`${part.name} could not be started: ${error.message}`))
    child.once('exit', (code, signal) => {
      if (isStopping) return
      endGroup(child, 'SIGKILL') // what it left behind would hold its port
      failures = performance.now() - startedMs > wellAfterMs ? 0 : failures
      const waitMs = waitsMs[Math.min(failures, waitsMs.length - 1)] ?? 1000
      failures += 1
      restarts += 1
      say(`${part.name} ended (${signal ?? `code ${code}`}); starting it again in ${waitMs / 1000} s. ${lastLine(part.logFile)}`.trimEnd())
      timer = setTimeout(run, waitMs)
    })
  }
  run()

  const stop = async (patienceMs = 10_000) => {
    isStopping = true
    clearTimeout(timer)
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
      endGroup(child, 'SIGTERM')
      const force = setTimeout(() => endGroup(child, 'SIGKILL'), patienceMs)
      await ended
      clearTimeout(force)
    }
    endGroup(child, 'SIGKILL')
    if (part.pidFile !== undefined) rmSync(part.pidFile, { force: true })
  }
  return { stop, restarts: () => restarts }
}

// A group of its own: Ctrl-C in a terminal reaches only the supervisor, which ends the parts in order.
function launch({ args, env, logFile, pidFile }: Part): ChildProcess {
  const output = logFile === undefined ? 'inherit' : openLog(logFile)
  try {
    const settings = { env: { ...process.env, ...env }, detached: true, stdio: ['ignore', output, output, 'pipe'] } satisfies SpawnOptions
    const child = spawn(process.execPath, [...followSupervisor, ...args], settings)
    if (child.pid !== undefined && pidFile !== undefined) writeFileSync(pidFile, `${child.pid}\n`)
    return child
  } finally {
    if (typeof output === 'number') closeSync(output)
  }
}

function openLog(file: string): number {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (bytes > largestLogBytes) renameSync(file, `${file}.1`)
  return openSync(file, 'a', 0o600)
}

function endGroup(child: ChildProcess, signal: NodeJS.Signals) {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // ESRCH: the whole group has ended
  }
}

function lastLine(logFile: string | undefined): string {
  // Whoever cleared the folder must not end the supervisor with it.
  if (logFile === undefined || !existsSync(logFile)) return ''
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').filter((line) => line.trim() && !/^\s+at |^Node\.js v/.test(line))
  const line = lines.at(-1)
  return line ? `Its log ends: ${line.slice(0, 300)}` : ''
}
