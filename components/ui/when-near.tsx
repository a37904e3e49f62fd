'use client'
import { type ReactNode, useEffect, useRef, useState } from 'react'

/** Draws its children once it comes near the viewport, so that what is far below costs nothing; keeps their height until then. */
export function WhenNear({ heightPx, children }: { heightPx: number; children: ReactNode }) {
  const place = useRef<HTMLDivElement>(null)
  const [near, setNear] = useState(false)
  useEffect(() => {
    const element = place.current
    if (near || !element) return
    const watch = new IntersectionObserver((entries) => entries.some((e) => e.isIntersecting) && setNear(true), { rootMargin: '240px 0px' })
    watch.observe(element)
    return () => watch.disconnect()
  }, [near])
  return <div ref={place} style={{ minHeight: heightPx }}>{near && children}</div>
}
