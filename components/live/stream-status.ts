/** Whether this tab hears of changes. Lives outside React, because the query client's timers ask too. */
export type StreamStatus = {
  connected: boolean
  /** Cut for longer than a gap that heals by itself: worth telling the reader. */
  cutLong: boolean
}

const tellAfterMs = 6000
let status: StreamStatus = { connected: false, cutLong: false }
let timer: ReturnType<typeof setTimeout> | undefined
const listeners = new Set<() => void>()

function put(next: StreamStatus): void {
  if (next.connected === status.connected && next.cutLong === status.cutLong) return
  status = next
  listeners.forEach((fn) => fn())
}

export const streamStatus = {
  get: () => status,
  set(connected: boolean) {
    if (connected) {
      clearTimeout(timer)
      timer = undefined
    } else timer ??= setTimeout(() => put({ connected: false, cutLong: true }), tellAfterMs)
    put({ connected, cutLong: !connected && status.cutLong })
  },
  /** The tab's stream ended on purpose; nothing to tell. */
  close() {
    clearTimeout(timer)
    timer = undefined
    put({ connected: false, cutLong: false })
  },
  subscribe(fn: () => void) {
    listeners.add(fn)
    return () => {
      listeners.delete(fn)
    }
  },
}
