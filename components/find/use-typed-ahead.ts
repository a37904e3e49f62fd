'use client'
import { useEffect, useState } from 'react'

/**
 * What is typed after the opening and before the palette is there belongs to it and must press nothing on the page; a
 * final line break stands for Enter, and Escape leaves it before it came. Every other key is the browser's.
 */
export type TypedAhead = { take(): string }

export function useTypedAhead(isOpen: boolean, onLeave: () => void): TypedAhead {
  const [buffer] = useState(() => {
    let text = ''
    const isThere = () => document.querySelector('[role="combobox"][data-find]') !== null
    return {
      start: () => void (text = ''),
      onKey(e: KeyboardEvent) {
        if (isThere() || e.ctrlKey || e.metaKey || e.altKey) return
        if (e.key === 'Escape') onLeave()
        else if (e.key === 'Backspace') text = text.slice(0, -1)
        else if (e.key === 'Enter') text += '\n'
        else if (e.key.length === 1) text += e.key
        else return
        e.preventDefault()
        e.stopPropagation()
      },
      take: () => text,
    }
  })
  useEffect(() => {
    if (!isOpen) return
    buffer.start()
    document.addEventListener('keydown', buffer.onKey, true)
    return () => document.removeEventListener('keydown', buffer.onKey, true)
  }, [isOpen, buffer])
  return buffer
}
