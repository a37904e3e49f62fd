import { clsx } from 'clsx'
import type { Route } from 'next'
import Link from 'next/link'
import type { ReactNode } from 'react'
import { Icon, type IconName } from '#components/ui/icon.tsx'

/** Looks like a button, goes somewhere: changes nothing by itself. */
export const LinkButton = ({ href, primary = false, icon, children, label, className }: { href: Route; primary?: boolean; icon?: IconName; children: ReactNode; label?: string; className?: string }) => (
  <Link className={clsx('btn', primary && 'primary thumb', className)} href={href} aria-label={label}>{icon && <Icon name={icon} />}<span>{children}</span></Link>
)
