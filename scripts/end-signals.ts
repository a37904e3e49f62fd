import { readFileSync } from 'node:fs'

const lookEveryMs = 1000

/**
 * Calls `end` when this process is asked to end: SIGINT (Ctrl-C), SIGTERM, SIGHUP (the terminal closed), or when the
 * npm that started it is gone, which sends nothing. May call it more than once: npm passes Ctrl-C on a second time.
 */
export function onEnd(end: (why: string) => void): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => end(`Ending (${signal}) …`))
  // Writing to a terminal that is gone must not end this process before its parts.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  const family = startedBy()
  setInterval(() => startedBy() !== family && end('Ending (what started this is gone) …'), lookEveryMs).unref()
}

/** Who started this, as text to compare: the parent, and its parent too where the first is only the shell npm runs a script in. */
function startedBy(): string {
  const parent = process.ppid
  try {
    const stat = readFileSync(`/proc/${parent}/stat`, 'utf8')
    const isScriptShell = readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0')[1] === '-c'
    return isScriptShell ? `${parent} ${stat.slice(stat.lastIndexOf(')')).split(' ')[2] ?? ''}` : String(parent)
  } catch {
    return String(parent) // no /proc here, or the parent is ending
  }
}
