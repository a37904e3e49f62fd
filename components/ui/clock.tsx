'use client'
import { createContext, type ReactNode, useContext, useEffect, useState, useSyncExternalStore } from 'react'

/** The server's clock as this tab knows it. It is not the reader's: product time may be ahead, and laptops are wrong. */
type Clock = { nowMs(): number; sync(serverIso: string, readAtMs: number): void; subscribe(fn: () => void): () => void; readonly initialMs: number }

function createClock(initialMs: number): Clock {
  let offsetMs = 0
  const listeners = new Set<() => void>()
  let timer: ReturnType<typeof setInterval> | undefined
  const tick = () => listeners.forEach((fn) => fn())
  return {
    initialMs,
    nowMs: () => Date.now() + offsetMs,
    sync(serverIso, readAtMs) {
      const next = Date.parse(serverIso) - readAtMs
      // Transit time makes every reading a little late; only a real step is worth a redraw.
      if (Math.abs(next - offsetMs) < 1500) return
      offsetMs = next
      tick()
    },
    subscribe(fn) {
      listeners.add(fn)
      timer ??= setInterval(tick, 1000)
      return () => {
        listeners.delete(fn)
        if (listeners.size > 0) return
        clearInterval(timer)
        timer = undefined
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

/** Takes the server's time from an answer that carries it. */
export function useClockSync(serverIso: string | undefined, readAtMs: number): void {
  const clock = useClock()
  useEffect(() => {
    if (serverIso && readAtMs > 0) clock.sync(serverIso, readAtMs)
  }, [clock, serverIso, readAtMs])
}

const never = () => () => {}
/** False on the server and in the first draw, so that both draw the same zone (UTC); then the reader's own. */
export const useHydrated = (): boolean => useSyncExternalStore(never, () => true, () => false)
