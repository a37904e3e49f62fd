/** Whether this tab hears of changes. Lives outside React, because the query client's timers ask too. */
export type StreamStatus = {
  connected: boolean
  /** Cut for longer than a gap that heals by itself: worth telling the reader. */
  cutLong: boolean
}

const tellAfterMs = 6000
let isOpen = false
let isTried = false
// A dead line can keep a stream "open" for minutes; reads that get no answer tell sooner.
let isAnswering = true
let status: StreamStatus = { connected: false, cutLong: false }
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function put(next: StreamStatus): void {
  if (next.connected === status.connected && next.cutLong === status.cutLong) return
  status = next
  listeners.forEach((fn) => fn())
}

function stopTimer(): void {
  clearTimeout(timer)
  timer = undefined
}

function look(): void {
  const connected = isOpen && isAnswering
  if (connected) stopTimer()
  else timer ??= setTimeout(() => put({ connected: false, cutLong: true }), tellAfterMs)
  put({ connected, cutLong: !connected && status.cutLong })
}

export const streamStatus = {
  get: () => status,
  /** Whether the stream opened or broke already; before that, nobody knows yet what was missed. */
  isTried: () => isTried,
  /** The stream opened or broke. */
  set(open: boolean) {
    isTried = true
    isOpen = open
    look()
  },
  /** A read got an answer, or none at all. */
  answered(answering: boolean) {
    if (isAnswering === answering) return
    isAnswering = answering
    look()
  },
  /** The tab's stream ended on purpose; nothing to tell. */
  close() {
    isOpen = false
    stopTimer()
    put({ connected: false, cutLong: false })
  },
  subscribe(fn: () => void) {
    listeners.add(fn)
    return () => {
      listeners.delete(fn)
    }
  },
}
