'use client'
import { useSyncExternalStore } from 'react'
import { hotkeys } from '#components/ui/hotkeys.ts'
import { Kbd } from '#components/ui/kbd.tsx'

/** After the first key of a sequence: which may follow. */
export function NextKeys() {
  const pending = useSyncExternalStore(hotkeys.subscribe, hotkeys.pending, () => null)
  const next = pending === null ? [] : hotkeys.live().flatMap((h) => (h.keys?.startsWith(`${pending} `) ? [{ key: h.keys.slice(pending.length + 1), label: h.label }] : []))
  return (
    <div role="status" className={pending === null ? 'sr-only' : 'next-keys'}>
      {pending !== null && <><b>{pending} then</b>{next.map((n) => <span key={n.key}><Kbd>{n.key}</Kbd> {n.label}</span>)}</>}
    </div>
  )
}
