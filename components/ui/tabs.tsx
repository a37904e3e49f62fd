import type { Route } from 'next'
import Link from 'next/link'

export type Tab = { href: Route; text: string; current: boolean; count?: number | undefined }

/** Parts of one page, each with an address of its own: links, so that Back and sharing work. */
export const Tabs = ({ label, tabs }: { label: string; tabs: readonly Tab[] }) => (
  <nav className="tabs" aria-label={label}>
    {tabs.map((t) => <Link key={t.text} href={t.href} scroll={false} aria-current={t.current ? 'page' : undefined}>{t.text}{t.count !== undefined && <span className="n">{t.count}</span>}</Link>)}
  </nav>
)
