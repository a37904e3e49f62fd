'use client'
import { createContext, type ReactNode, useContext, useEffect, useRef, useState, useSyncExternalStore } from 'react'

/** The server's clock as this tab knows it. It is not the reader's: product time may be ahead, and laptops are wrong. */
type Clock = { nowMs(): number; atMs(tabMs: number): number; sync(serverIso: string, readAtMs: number): void; subscribe(fn: () => void): () => void; readonly initialMs: number }

function createClock(initialMs: number): Clock {
  let offsetMs = 0
  const listeners = new Set<() => void>()
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => listeners.forEach((fn) => fn())
  return {
    initialMs,
    nowMs: () => Date.now() + offsetMs,
    atMs: (tabMs) => tabMs + offsetMs,
    sync(serverIso, readAtMs) {
      const next = Date.parse(serverIso) - readAtMs
      // Transit time makes every reading a little late; only a real step is worth a redraw.
      if (Math.abs(next - offsetMs) < 1500) return
      offsetMs = next
      tick()
    },
    subscribe(fn) {
      listeners.add(fn)
      if (timer === undefined) {
        timer = setInterval(tick, 1000)
        // A hidden tab's timers sleep: what grew old meanwhile must be old in the first picture that is seen.
        document.addEventListener('visibilitychange', tick)
      }
      return () => {
        listeners.delete(fn)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
        document.removeEventListener('visibilitychange', tick)
      }
    },
  }
}

const ClockContext = createContext<Clock | null>(null)

export function ClockProvider({ initialMs, children }: { initialMs: number; children: ReactNode }) {
  const [clock] = useState(() => createClock(initialMs))
  useEffect(() => clock.sync(new Date(initialMs).toISOString(), Date.now()), [clock, initialMs])
  return <ClockContext value={clock}>{children}</ClockContext>
}

function useClock(): Clock {
  const clock = useContext(ClockContext)
  if (!clock) throw new Error('no clock above this component: wrap the page in <ClockProvider>')
  return clock
}

/** Milliseconds of the server's clock, redrawn when it passes a multiple of `everyMs`. */
export function useNowMs(everyMs = 1000): number {
  const clock = useClock()
  const floor = (ms: number) => Math.floor(ms / everyMs) * everyMs
  return useSyncExternalStore(clock.subscribe, () => floor(clock.nowMs()), () => floor(clock.initialMs))
}

/** Words that depend on the server's clock, looked at every second and redrawn when they change. */
export function useAtNow(textAt: (nowMs: number) => string): string {
  const clock = useClock()
  return useSyncExternalStore(clock.subscribe, () => textAt(clock.nowMs()), () => textAt(clock.initialMs))
}

/** Whether this moment of the server's clock has passed; redrawn once, when it does. */
export function usePassed(serverMs: number): boolean {
  const clock = useClock()
  return useSyncExternalStore(clock.subscribe, () => clock.nowMs() > serverMs, () => clock.initialMs > serverMs)
}

/** A moment of this tab's clock, as the server's clock has it. On the server it is the time of the page. */
export function useServerIso(tabMs: number): string {
  const clock = useClock()
  return new Date(useSyncExternalStore(clock.subscribe, () => clock.atMs(tabMs), () => clock.initialMs)).toISOString()
}

/** Takes the server's time from an answer that carries it; `readAt` tells when that came, in this tab's time. */
export function useClockSync(serverIso: string | undefined, readAt: () => number): void {
  const clock = useClock()
  const heard = useRef<string>(undefined)
  useEffect(() => {
    const readAtMs = readAt()
    // The same time under a later reading is a late answer that was not taken: it would set the clock back.
    if (!serverIso || readAtMs <= 0 || heard.current === serverIso) return
    heard.current = serverIso
    clock.sync(serverIso, readAtMs)
  })
}

const never = () => () => {}
/** False on the server and in the first draw, so that both draw the same zone (UTC); then the reader's own. */
export const useHydrated = (): boolean => useSyncExternalStore(never, () => true, () => false)
