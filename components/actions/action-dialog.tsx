'use client'
import type { ReactNode } from 'react'
import { later } from '#components/ui/later.tsx'

export type Ask = {
  title: string
  /** The outcome, as the primary button says it. */
  confirm: string
  body: ReactNode
  danger?: boolean
  wide?: boolean
  /** Why it cannot be confirmed now, although it could be opened. */
  blocked?: ReactNode
  reason: { kind: 'none' } | { kind: 'optional' | 'required'; label?: string; presets?: readonly string[] }
  run(reason: string | undefined, requestKey: string): Promise<void>
}

const OpenDialog = later(() => import('#components/actions/open-dialog.tsx').then((m) => m.OpenDialog))

type Props = {
  ask: Ask | null
  onClose(): void
  /** Why it cannot be confirmed any more, although it could when it was opened. */
  blocked?: ReactNode
}
export const ActionDialog = ({ ask, onClose, blocked }: Props) => (ask ? <OpenDialog ask={ask} blocked={blocked || ask.blocked} onClose={onClose} /> : null)
