'use client'
import { type ComponentType, useEffect, useState, useSyncExternalStore } from 'react'
import { Button } from '#components/ui/button.tsx'
import { Mark } from '#components/ui/mark.tsx'

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
    const [tried, setTried] = useState(0)
    const [failedTry, setFailedTry] = useState<number | null>(null)
    useEffect(() => void fetch().catch(() => setFailedTry(tried)), [tried])
    if (Loaded) return <Loaded {...props} />
    return failedTry === tried ? <NotLoaded onAgain={() => setTried(tried + 1)} /> : null
  }
}

/** The page stays as it is: what is cut off from the server must not take away what it shows. */
const NotLoaded = ({ onAgain }: { onAgain: () => void }) => (
  <div className="strip mt" role="alert" ref={(el) => el?.scrollIntoView({ block: 'nearest' })}>
    <Mark kind="error">Cannot load</Mark><span>The server could not be reached for this part of the page.</span><Button small onPress={onAgain}>Try again</Button>
  </div>
)
