'use client'
import type { Route } from 'next'
import Link from 'next/link'
import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import type { ReactNode } from 'react'

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
    /** `push` where Back must come back to what is shown now. */
    go(change: Readonly<Record<string, string | undefined>>, how: 'push' | 'replace') {
      router[how](this.href(change), { scroll: false })
    },
  }
}
export type Filters = ReturnType<typeof useFilters>

/** A choice of one value of a filter. */
export const FilterSeg = ({ filters, name, label, options }: { filters: Filters; name: string; label: string; options: readonly { value: string | undefined; text: string }[] }) => (
  <nav className="seg" aria-label={label}>
    {options.map((o) => <Link key={o.text} href={filters.href({ [name]: o.value, cursor: undefined })} aria-current={filters.get(name) === o.value ? 'true' : undefined}>{o.text}</Link>)}
  </nav>
)

/** Page by page by links, for short lists. */
export const Pages = ({ filters, nextCursor }: { filters: Filters; nextCursor: string | null }): ReactNode => (
  <p className="row-f mt">
    {filters.get('cursor') && <Link className="btn" href={filters.href({ cursor: undefined })}>First page</Link>}
    {nextCursor && <Link className="btn" href={filters.href({ cursor: nextCursor })}>Next page</Link>}
  </p>
)
