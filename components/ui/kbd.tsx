'use client'
import { Fragment, type ReactNode, useEffect, useRef } from 'react'
import { type Holder, type Hotkey, hotkeys, sequenceMs } from '#components/ui/hotkeys.ts'

export const Kbd = ({ children }: { children: ReactNode }) => <kbd>{children}</kbd>

const caps: Record<string, string> = { Escape: 'Esc', Enter: '⏎' }
/** Keys as a reader presses them: "G then R". */
export const Keys = ({ keys }: { keys: string }) => keys.split(' ').map((key, i) => <Fragment key={i}>{i > 0 && <span className="t3"> then </span>}<Kbd>{caps[key] ?? key}</Kbd></Fragment>)

/** A key pressed here writes text; no key of ours may take it. */
const isField = (t: EventTarget | null) => t instanceof HTMLElement && (t.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(t.tagName))

let timer: ReturnType<typeof setTimeout> | undefined
function onKey(e: KeyboardEvent): void {
  if (e.defaultPrevented || e.isComposing || /^(Shift|Control|Alt|AltGraph|Meta)$/.test(e.key)) return
  clearTimeout(timer)
  // Modifiers stay the browser's, and an open dialog has keys of its own.
  if (e.ctrlKey || e.metaKey || e.altKey || isField(e.target) || document.querySelector('[role="dialog"]')) return hotkeys.forget()
  if (hotkeys.press(e.key.length === 1 ? e.key.toUpperCase() : e.key, e.repeat)) e.preventDefault()
  if (hotkeys.pending() !== null) timer = setTimeout(() => hotkeys.forget(), sequenceMs)
}

let users = 0
function listen(): () => void {
  if (users === 0) document.addEventListener('keydown', onKey)
  users += 1
  return () => {
    users -= 1
    if (users === 0) document.removeEventListener('keydown', onKey)
  }
}

/**
 * Registers keys while the component is shown: each does its `run` when pressed outside fields and dialogs, and shows in
 * the sheet of keys and in the palette by its label. List only what may be done now.
 */
export function useHotkeys(list: readonly Hotkey[]): void {
  const holder = useRef<Holder>({ list })
  useEffect(() => {
    holder.current.list = list
    hotkeys.changed()
  })
  useEffect(() => {
    const remove = hotkeys.add(holder.current)
    const stop = listen()
    return () => {
      remove()
      stop()
    }
  }, [])
}
