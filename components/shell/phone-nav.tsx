'use client'
import type { Route } from 'next'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import { useState } from 'react'
import { Account } from '#components/shell/account.tsx'
import { NavLinks } from '#components/shell/nav-links.tsx'
import { Icon, type IconName } from '#components/ui/icon.tsx'
import { later } from '#components/ui/later.tsx'

const Sheet = later(() => import('#components/ui/dialog.tsx').then((m) => m.Sheet))

const tabs: readonly { href: Route; icon: IconName; text: string }[] = [
  { href: '/', icon: 'overview', text: 'Needs you' },
  { href: '/applications', icon: 'apps', text: 'Applications' },
  { href: '/promotions', icon: 'promote', text: 'Promotions' },
  { href: '/rollouts', icon: 'rollout', text: 'Rollouts' },
]

/** The same places under the thumb; the rest behind More. */
export function PhoneTabs({ demo }: { demo: boolean }) {
  const path = usePathname()
  const [open, setOpen] = useState(false)
  const [openedAt, setOpenedAt] = useState(path)
  // Going somewhere closes the sheet.
  if (open && openedAt !== path) setOpen(false)
  return (
    <nav className="tabs-phone" aria-label="Main, short">
      {tabs.map((t) => {
        const current = t.href === '/' ? path === '/' : path.startsWith(t.href)
        return <Link key={t.href} href={t.href} aria-current={current ? 'page' : undefined}><Icon name={t.icon} />{t.text}</Link>
      })}
      <button type="button" aria-expanded={open} onClick={() => { setOpenedAt(path); setOpen(true) }}><Icon name="more" />More</button>
      {open && <Sheet open onOpenChange={setOpen} title="Sluice"><nav aria-label="All places"><NavLinks /></nav><Account demo={demo} /></Sheet>}
    </nav>
  )
}
