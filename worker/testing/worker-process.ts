import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { createInterface } from 'node:readline'
import type { Bundle } from './bundle.ts'
import type { Stop } from './crash-points.ts'
import { channel, Said, type Told } from './say.ts'

const keptLogLines = 200

export type Exit = { code: number | null; signal: NodeJS.Signals | null; atMs: number }
export type WorkerProcess = ReturnType<typeof startWorker>

/** Starts a process that loads everything and waits for `go`. */
export function startWorker(bundle: Bundle, settings: Readonly<Record<string, string>>) {
  const child = spawn(process.execPath, ['--conditions=react-server', bundle.file], {
    cwd: path.join(import.meta.dirname, '../..'),
    env: { ...process.env, NODE_COMPILE_CACHE: path.join(bundle.folder, 'compiled'), ...settings },
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  })
  const logged: string[] = []
  const working = new Promise<void>((resolve) => keepLog(child, logged, (line) => line.includes('"worker started"') && resolve()))
  const heard: Said[] = []
  const waiting = new Set<() => void>()
  const wakeAll = () => waiting.forEach((wake) => wake())
  let exit: Exit | null = null
  const gone = new Promise<Exit>((resolve) =>
    child.once('exit', (code, signal) => {
      exit = { code, signal, atMs: Date.now() }
      resolve(exit)
      wakeAll()
    }),
  )
  createInterface({ input: child.stdio[channel] as Readable }).on('line', (line) => {
    heard.push(Said.parse(JSON.parse(line)))
    wakeAll()
  })
  const stdin = child.stdin as Writable
  // A line written to a process that is just dying is lost with it; its exit tells the rest.
  stdin.on('error', () => undefined)
  const tell = (told: Told) => stdin.write(`${JSON.stringify(told)}\n`)

  /** The next thing of this kind that it says; rejects with its last log lines when it ends without. */
  const hear = <K extends Said['said']>(kind: K, from = 0): Promise<Extract<Said, { said: K }>> =>
    new Promise((resolve, reject) => {
      const look = () => {
        const found = heard.slice(from).find((one) => one.said === kind)
        if (found) resolve(found as Extract<Said, { said: K }>)
        else if (exit) reject(new Error(`the worker ended (${exit.code ?? exit.signal}) without saying "${kind}":\n${logged.slice(-20).join('\n')}`))
        else return
        waiting.delete(look)
      }
      waiting.add(look)
      look()
    })
  const ask = <K extends Said['said']>(told: Told, kind: K) => {
    const from = heard.length
    tell(told)
    return hear(kind, from)
  }

  const warm = hear('warm')
  // A spare that is killed before anybody waited for it is no failure; who does wait still hears of it.
  warm.catch(() => undefined)

  return {
    pid: child.pid ?? 0,
    logged,
    /** How long it has waited for a processor so far, in ms: Linux counts it, elsewhere 0. */
    queuedMs: () => (existsSync(`/proc/${child.pid}/schedstat`) ? Number(readFileSync(`/proc/${child.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6 : 0),
    warm,
    gone,
    hasEnded: () => exit !== null,
    /** Resolves when it stands at its point, or has sent itself the signal. */
    untilStanding: () => hear('stands'),
    stands: () => heard.some((one) => one.said === 'stands'),
    reached: () => new Map(heard.flatMap((one) => (one.said === 'reached' ? [[one.rollout, one.name] as const] : []))),
    /** Resolves when it works. */
    go: async () => {
      tell({ do: 'go' })
      await working
    },
    follow: (rollouts: string[]) => ask({ do: 'follow', rollouts }, 'armed'),
    arm: (stops: Stop[]) => ask({ do: 'arm', stops }, 'armed'),
    names: async (rollouts: string[]) => (await ask({ do: 'names', rollouts }, 'names')).names,
    /** SIGKILL ends one that is frozen, too. */
    kill: async (signal: NodeJS.Signals = 'SIGKILL') => {
      child.kill(signal)
      return gone
    },
    signal: (signal: NodeJS.Signals) => child.kill(signal),
  }
}

function keepLog(child: ChildProcess, lines: string[], seen: (line: string) => void): void {
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue
    createInterface({ input: stream }).on('line', (line) => {
      seen(line)
      if (lines.push(line) > keptLogLines) lines.shift()
    })
  }
}
