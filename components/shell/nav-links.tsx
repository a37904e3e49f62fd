'use client'
import { clsx } from 'clsx'
import type { Route } from 'next'
import Link from 'next/link'
import { usePathname } from 'next/navigation'
import type { ReactNode } from 'react'
import { namedAtMost, useFrame } from '#components/shell/use-frame.ts'
import { Icon, type IconName } from '#components/ui/icon.tsx'
import { type MarkKind, MarkOnly } from '#components/ui/mark.tsx'
import { to } from '#components/ui/route.ts'
import type { ApplicationView } from '#lib/applications/contract.ts'
import type { FrameView } from '#lib/frame/contract.ts'

export function NavLink({ href, icon, count, sub = false, children }: { href: Route; icon?: IconName; count?: number; sub?: boolean; children: ReactNode }) {
  const path = usePathname()
  const current = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`)
  return (
    <Link href={href} className={clsx(sub && 'sub')} aria-current={current ? 'page' : undefined}>
      {icon && <Icon name={icon} />}{children}{count ? <span className="n">{count}</span> : null}
    </Link>
  )
}

const marks: Record<NonNullable<Mark>, { kind: MarkKind; word: string }> = {
  held: { kind: 'held', word: 'A rollout is held' },
  drifted: { kind: 'held', word: 'Changed outside' },
  moving: { kind: 'running', word: 'A rollout is running' },
  unreadable: { kind: 'error', word: 'Cannot read the cloud' },
}
type Mark = FrameView['applications'][number]['mark']
const Marked = ({ mark }: { mark: Mark }) => mark && <span><MarkOnly {...marks[mark]} /></span>

function markOf(application: ApplicationView): Mark {
  const targets = application.environments.flatMap((e) => e.targets)
  return targets.some((t) => t.held) ? 'held' : targets.some((t) => t.drift) ? 'drifted' : targets.some((t) => t.openRollout) ? 'moving' : targets.some((t) => t.error) ? 'unreadable' : null
}

/** The worst that is so on any target of an application: what asks a person, then what moves. */
export const ApplicationMark = ({ application }: { application: ApplicationView }) => <Marked mark={markOf(application)} />

export function NavLinks() {
  const { applications, moving, waiting } = useFrame()
  const rest = applications.length - namedAtMost
  return (
    <>
      <div className="nav"><NavLink href="/" icon="overview">Overview</NavLink></div>
      <div className="nav">
        <NavLink href="/applications" icon="apps">Applications</NavLink>
        {applications.slice(0, namedAtMost).map((a) => <NavLink key={a.slug} href={to(`/applications/${a.slug}`)} sub><span className="cut" title={a.title}>{a.title}</span><Marked mark={a.mark} /></NavLink>)}
        {rest > 0 && <Link className="sub" href="/applications">and {rest} more</Link>}
        <NavLink href="/environments" icon="environments">Environments</NavLink>
      </div>
      <div className="nav">
        <NavLink href="/releases" icon="release">Releases</NavLink>
        <NavLink href="/promotions" icon="promote" count={waiting}>Promotions</NavLink>
        <NavLink href="/rollouts" icon="rollout" count={moving}>Rollouts</NavLink>
      </div>
      <div className="nav">
        <NavLink href="/audit" icon="audit">Audit</NavLink>
        <NavLink href="/settings" icon="settings">Settings</NavLink>
        <NavLink href="/docs/api" icon="api">API</NavLink>
      </div>
    </>
  )
}
