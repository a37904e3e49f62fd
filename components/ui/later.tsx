'use client'
import { type ComponentType, useEffect, useState, useSyncExternalStore } from 'react'

/** Where a browser cannot say that it rests. */
const restAfterMs = 1500

function whenAtRest(run: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(run)
  else setTimeout(run, restAfterMs)
}

/**
 * A component whose code is no part of the page's own: it comes once the browser rests, or when it is first drawn if
 * that is sooner. Unlike a lazy component it is then drawn with the very press that opens it, and not a moment later.
 */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): ComponentType<P> {
  const listeners = new Set<() => void>()
  let loaded: ComponentType<P> | null = null
  let loading: Promise<void> | null = null
  const fetch = () =>
    (loading ??= load().then(
      (component) => {
        loaded = component
        listeners.forEach((fn) => fn())
      },
      (err: unknown) => {
        loading = null
        throw err
      },
    ))
  const subscribe = (fn: () => void) => {
    listeners.add(fn)
    return () => {
      listeners.delete(fn)
    }
  }
  // Nobody waits for it yet: what fails now is tried again when it is drawn.
  if (typeof window !== 'undefined') whenAtRest(() => void fetch().catch(() => undefined))

  return function Later(props: P) {
    const Loaded = useSyncExternalStore(subscribe, () => loaded, () => null)
    const [failed, setFailed] = useState<{ why: unknown } | null>(null)
    useEffect(() => void fetch().catch((why: unknown) => setFailed({ why })), [])
    if (failed) throw failed.why
    return Loaded && <Loaded {...props} />
  }
}
