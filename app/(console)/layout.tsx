import Link from 'next/link'
import type { ReactNode } from 'react'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { LiveEvents } from '#components/live/live-events.tsx'
import { Account } from '#components/shell/account.tsx'
import { NavLinks } from '#components/shell/nav-links.tsx'
import { PhoneTabs } from '#components/shell/phone-nav.tsx'
import { Icon } from '#components/ui/icon.tsx'
import { viewMe } from '#lib/access/contract.ts'
import { me } from '#lib/access/service.ts'
import { listApplications } from '#lib/applications/contract.ts'
import { list as applications } from '#lib/applications/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { listPromotions } from '#lib/promotions/contract.ts'
import { list as promotions } from '#lib/promotions/service.ts'

/** The frame of every signed-in page. It decides nothing: each page and each service asks again who looks. */
export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const actor = await pageActor()
  return (
    <Hydrated actor={actor} load={[ready(viewMe, {}, me), ready(listApplications, {}, applications), ready(listPromotions, { state: 'pending' }, promotions), ready(listPromotions, { state: 'ready' }, promotions)]}>
      <a className="skip" href="#main">Skip to the page</a>
      <div className="app">
        <nav className="side" aria-label="Main">
          <Link className="brand" href="/"><Icon name="logo" />Sluice</Link>
          <NavLinks />
          <Account />
        </nav>
        <header className="top-phone"><Link className="brand" href="/"><Icon name="logo" />Sluice</Link></header>
        <main className="main" id="main" tabIndex={-1}><LiveEvents />{children}</main>
        <PhoneTabs />
      </div>
    </Hydrated>
  )
}
