import Link from 'next/link'
import type { ReactNode } from 'react'
import { Find, FindButton } from '#components/find/find.tsx'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { LiveEvents } from '#components/live/live-events.tsx'
import { Account } from '#components/shell/account.tsx'
import { NavLinks } from '#components/shell/nav-links.tsx'
import { PhoneTabs } from '#components/shell/phone-nav.tsx'
import { Icon } from '#components/ui/icon.tsx'
import { viewMe } from '#lib/access/contract.ts'
import { me } from '#lib/access/service.ts'
import { isDemo } from '#lib/demo/service.ts'
import { viewFrame } from '#lib/frame/contract.ts'
import { view } from '#lib/frame/service.ts'
import { pageActor } from '#lib/http/server.ts'

/** The frame of every signed-in page. It decides nothing: each page and each service asks again who looks. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await pageActor()
  return (
    <Hydrated frame actor={actor} load={[ready(viewMe, {}, me), ready(viewFrame, {}, view)]}>
      <Find>
        <a className="skip" href="#main">Skip to the page</a>
        <div className="app">
          <nav className="side" aria-label="Main">
            <Link className="brand" href="/"><Icon name="logo" />Sluice</Link>
            <FindButton />
            <NavLinks />
            <Account demo={isDemo()} />
          </nav>
          <header className="top-phone"><Link className="brand" href="/"><Icon name="logo" />Sluice</Link><FindButton short /></header>
          <main className="main" id="main" tabIndex={-1}><LiveEvents />{children}</main>
          <PhoneTabs demo={isDemo()} />
        </div>
      </Find>
    </Hydrated>
  )
}
