'use client'
import { type ReactNode, useEffect, useRef } from 'react'

export const Kbd = ({ children }: { children: ReactNode }) => <kbd>{children}</kbd>

const typing = (t: EventTarget | null) => t instanceof HTMLElement && (t.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName))

/** Runs `fn` on a plain key press outside fields and dialogs; modifiers stay the browser's. */
export function useHotkeys(keys: Readonly<Record<string, () => void>>): void {
  const latest = useRef(keys)
  useEffect(() => {
    latest.current = keys
  })
  useEffect(() => {
    const onKey = (e: KeyboardEvent) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.repeat || typing(e.target) || document.querySelector('[role="dialog"]')) return
      const fn = latest.current[e.key.length === 1 ? e.key.toUpperCase() : e.key]
      if (!fn) return
      e.preventDefault()
      fn()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}
