'use client'
import { usePathname, useSearchParams } from 'next/navigation'
import { useEffect } from 'react'
import { hotkeys } from '#components/ui/hotkeys.ts'

/**
 * `?do=rollback` opens that question of the page, once it may be asked; nothing is done without the person's answer.
 * It is forgotten as soon as the person does something else, so that no question appears out of nowhere.
 */
export function useAskedByAddress(): void {
  const wanted = useSearchParams().get('do')
  const path = usePathname()
  useEffect(() => {
    if (!wanted) return
    const stop = () => {
      unsubscribe()
      document.removeEventListener('keydown', stop)
      document.removeEventListener('pointerdown', stop)
    }
    const ask = () => {
      const found = hotkeys.asking(wanted)
      if (!found) return
      stop()
      const rest = new URLSearchParams(window.location.search)
      rest.delete('do')
      window.history.replaceState(null, '', `${path}${rest.size > 0 ? `?${rest.toString()}` : ''}${window.location.hash}`)
      found.run?.()
    }
    const unsubscribe = hotkeys.subscribe(ask)
    document.addEventListener('keydown', stop)
    document.addEventListener('pointerdown', stop)
    ask()
    return stop
  }, [wanted, path])
}
