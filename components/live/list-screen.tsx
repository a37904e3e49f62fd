'use client'
import type { Route } from 'next'
import Link from 'next/link'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { type ReactNode, useEffect, useRef } from 'react'

/** Filters live in the address: a link keeps them, and Back undoes them. */
export function useFilters() {
  const params = useSearchParams()
  const path = usePathname()
  const router = useRouter()
  return {
    get: (name: string) => params.get(name) ?? undefined,
    href(change: Readonly<Record<string, string | undefined>>): Route {
      const next = new URLSearchParams(params)
      for (const [name, value] of Object.entries(change)) {
        if (value) next.set(name, value)
        else next.delete(name)
      }
      const text = next.toString()
      return `${path}${text ? `?${text}` : ''}` as Route
    },
    go(change: Readonly<Record<string, string | undefined>>) {
      router.replace(this.href(change), { scroll: false })
    },
  }
}
type Filters = ReturnType<typeof useFilters>

/** A choice of one value of a filter. */
export const FilterSeg = ({ filters, name, label, options }: { filters: Filters; name: string; label: string; options: readonly { value: string | undefined; text: string }[] }) => (
  <nav className="seg" aria-label={label}>
    {options.map((o) => <Link key={o.text} href={filters.href({ [name]: o.value, cursor: undefined })} aria-current={filters.get(name) === o.value ? 'true' : undefined}>{o.text}</Link>)}
  </nav>
)

/** Words to find by, sent by Enter or by leaving the field; `/` goes to the one that asks for it. */
export function FilterSearch({ filters, name, label, slash = false }: { filters: Filters; name: string; label: string; slash?: boolean }) {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (!slash) return
    const focus = (e: KeyboardEvent) => {
      if (e.key !== '/' || e.ctrlKey || e.metaKey || (e.target instanceof HTMLElement && /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName))) return
      e.preventDefault()
      input.current?.focus()
    }
    document.addEventListener('keydown', focus)
    return () => document.removeEventListener('keydown', focus)
  }, [slash])
  return (
    <form role="search" aria-label={`Find by ${label.toLowerCase()}`} onSubmit={(e) => { e.preventDefault(); filters.go({ [name]: input.current?.value, cursor: undefined }) }}>
      <input ref={input} className="input" type="search" aria-label={label} placeholder={label} defaultValue={filters.get(name)} key={filters.get(name)} onBlur={(e) => e.target.value !== (filters.get(name) ?? '') && filters.go({ [name]: e.target.value, cursor: undefined })} />
    </form>
  )
}

export const Pages = ({ filters, nextCursor }: { filters: Filters; nextCursor: string | null }): ReactNode => (
  <p className="row-f mt">
    {filters.get('cursor') && <Link className="btn" href={filters.href({ cursor: undefined })}>Newest</Link>}
    {nextCursor && <Link className="btn" href={filters.href({ cursor: nextCursor })}>Older</Link>}
  </p>
)
