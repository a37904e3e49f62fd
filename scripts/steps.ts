import { spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'

/** A line for the person at the terminal. */
export const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

/** Waits until `isDone` answers true; what it throws meanwhile is the reason given when time is up. */
export async function waitFor(what: string, patienceMs: number, isDone: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + patienceMs
  let reason = ''
  for (;;) {
    try {
      if (await isDone()) return
      reason = 'it answered otherwise'
    } catch (error) {
      reason = reasonOf(error)
    }
    if (performance.now() > deadlineMs) throw new Error(`Waited ${patienceMs / 1000} s for ${what} (${reason}).`)
    await setTimeout(50)
  }
}

// fetch says only "fetch failed"; what happened is in the cause, and an AggregateError has no message of its own.
function reasonOf(error: unknown): string {
  const { message, cause, code } = error as { message?: string; cause?: unknown; code?: string }
  return cause ? reasonOf(cause) : message || code || String(error)
}

/** Runs a TypeScript file of ours to its end; rejects with the end of its output when it fails. */
export function runToEnd(what: string, file: string, settings: Readonly<Record<string, string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--conditions=react-server', file], { env: { ...process.env, ...settings }, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-4000)))
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${what} failed:\n${output.trim()}`))))
  })
}
