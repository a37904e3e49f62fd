'use client'
import { useSyncExternalStore } from 'react'

/** What an undo has to know of the act: the thing it was done to, or the split that was there before. */
export type Act = { id?: string; name?: string; before?: Readonly<Record<string, number>> }

/** Long enough to see what one did; later it is a decision of its own, taken where such decisions are taken. */
const offerMs = 60_000
const acts = new Map<string, Act>()
const listeners = new Set<() => void>()
const changed = () => listeners.forEach((fn) => fn())

/** What the person at this tab has just done. Outside React, since the act and the page that shows its outcome are often two. */
export const justDone = {
  add(key: string, act: Act = {}): void {
    acts.set(key, act)
    changed()
    setTimeout(() => acts.get(key) === act && justDone.drop(key), offerMs)
  },
  drop(key: string): void {
    if (acts.delete(key)) changed()
  },
  subscribe(fn: () => void): () => void {
    listeners.add(fn)
    return () => {
      listeners.delete(fn)
    }
  },
}

/** The act under this key, for as long as it may be offered back; null else. */
export const useJustDone = (key: string): Act | null => useSyncExternalStore(justDone.subscribe, () => acts.get(key) ?? null, () => null)
