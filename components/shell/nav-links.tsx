'use client'
import { clsx } from 'clsx'
import type { Route } from 'next'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { Icon, type IconName } from '#components/ui/icon.tsx'
import { MarkOnly } from '#components/ui/mark.tsx'
import { to } from '#components/ui/route.ts'
import { type ApplicationView, listApplications } from '#lib/applications/contract.ts'
import { listPromotions } from '#lib/promotions/contract.ts'

export function NavLink({ href, icon, count, sub = false, children }: { href: Route; icon?: IconName; count?: number; sub?: boolean; children: ReactNode }) {
  const path = usePathname()
  const current = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`)
  return (
    <Link href={href} className={clsx(sub && 'sub')} aria-current={current ? 'page' : undefined}>
      {icon && <Icon name={icon} />}{children}{count ? <span className="n">{count}</span> : null}
    </Link>
  )
}

/** The worst that is so on any target of an application: what asks a person, then what moves. */
export function ApplicationMark({ application }: { application: ApplicationView }) {
  const targets = application.environments.flatMap((e) => e.targets)
  if (targets.some((t) => t.held)) return <span><MarkOnly kind="held" word="A rollout is held" /></span>
  if (targets.some((t) => t.drift)) return <span><MarkOnly kind="held" word="Changed outside" /></span>
  if (targets.some((t) => t.openRollout)) return <span><MarkOnly kind="running" word="A rollout is running" /></span>
  if (targets.some((t) => t.error)) return <span><MarkOnly kind="error" word="Cannot read the cloud" /></span>
  return null
}

export function NavLinks() {
  const applications = useLiveQuery(listApplications, {}).data?.items ?? []
  const waiting = (useLiveQuery(listPromotions, { state: 'pending' }).data?.items.length ?? 0) + (useLiveQuery(listPromotions, { state: 'ready' }).data?.items.length ?? 0)
  const moving = applications.flatMap((a) => a.environments.flatMap((e) => e.targets)).filter((t) => t.openRollout).length
  return (
    <>
      <div className="nav"><NavLink href="/" icon="overview">Overview</NavLink></div>
      <div className="nav">
        <NavLink href="/applications" icon="apps">Applications</NavLink>
        {applications.map((a) => <NavLink key={a.slug} href={to(`/applications/${a.slug}`)} sub><span className="cut" title={a.title}>{a.title}</span><ApplicationMark application={a} /></NavLink>)}
      </div>
      <div className="nav">
        <NavLink href="/releases" icon="release">Releases</NavLink>
        <NavLink href="/promotions" icon="promote" count={waiting}>Promotions</NavLink>
        <NavLink href="/rollouts" icon="rollout" count={moving}>Rollouts</NavLink>
      </div>
      <div className="nav"><NavLink href="/audit" icon="audit">Audit</NavLink></div>
    </>
  )
}
