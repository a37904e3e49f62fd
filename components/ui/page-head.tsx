import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Icon } from '#components/ui/icon.tsx'

export type Crumb = { text: string; href?: Route }

/** Where the page is, and how fresh it is. The last crumb is the page itself. */
export const Bar = ({ crumbs, end }: { crumbs: readonly Crumb[]; end?: ReactNode }) => (
  <div className="bar">
    <nav aria-label="Breadcrumb">
      <ol>
        {crumbs.map((c, i) => (
          <li key={c.text}>{i > 0 && <Icon name="chevron" />}{c.href ? <Link href={c.href}>{c.text}</Link> : <span aria-current={i === crumbs.length - 1 ? 'page' : undefined}>{c.text}</span>}</li>
        ))}
      </ol>
    </nav>
    {end && <span className="end">{end}</span>}
  </div>
)

/** The page's name, its state beside it, a line below, and its actions at the end. */
export const Head = ({ title, mark, children, actions }: { title: string; mark?: ReactNode; children?: ReactNode; actions?: ReactNode }) => (
  <header className="head">
    <div>
      <div className="title"><h1>{title}</h1>{mark}</div>
      {children}
    </div>
    {actions && <div className="acts">{actions}</div>}
  </header>
)
