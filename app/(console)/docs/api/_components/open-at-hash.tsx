'use client'
import { useEffect } from 'react'

/** Unfolds the operation that the address names, also for links within the app, which the browser does not follow itself. */
export function OpenAtHash() {
  useEffect(() => {
    const open = () => {
      const named = document.getElementById(decodeURIComponent(window.location.hash.slice(1)))
      const folded = named?.closest('details')
      if (!named || !folded) return
      folded.open = true
      folded.scrollIntoView({ block: 'start' })
      folded.querySelector('summary')?.focus({ preventScroll: true })
    }
    open()
    window.addEventListener('hashchange', open)
    return () => window.removeEventListener('hashchange', open)
  }, [])
  return null
}
