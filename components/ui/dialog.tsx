'use client'
import { clsx } from 'clsx'
import type { FormEvent, ReactNode } from 'react'
import { Modal } from '#components/ui/modal.tsx'

type DialogProps = {
  open: boolean
  onOpenChange(open: boolean): void
  title: string
  wide?: boolean
  children: ReactNode
  foot: ReactNode
  onSubmit(): void
  /** Where the keyboard starts: at the primary button, or at the first field when it must be filled. */
  start: 'primary' | 'field'
}

/** Asks one question. Esc leaves, Enter does what the primary button says. On a phone it is a sheet with its action under the thumb. */
export function Dialog({ open, onOpenChange, title, wide = false, children, foot, onSubmit, start }: DialogProps) {
  if (!open) return null
  const submit = (e: FormEvent) => {
    e.preventDefault()
    onSubmit()
  }
  const focus = (e: Event, content: HTMLElement | null) => {
    const first = content?.querySelector<HTMLElement>(start === 'field' ? 'textarea, input:not([type="radio"])' : 'button[type="submit"]')
    if (!first) return
    e.preventDefault()
    first.focus()
  }
  return (
    <Modal title={title} className={clsx('dialog', wide && 'wide')} onClose={() => onOpenChange(false)} onOpenFocus={focus}>
      <form className="contents" onSubmit={submit}>
        <div className="d-body">{children}</div>
        <div className="d-foot">{foot}</div>
      </form>
    </Modal>
  )
}

/** A panel that only shows: a menu on a phone, details. */
export const Sheet = ({ open, onOpenChange, title, children }: { open: boolean; onOpenChange(open: boolean): void; title: string; children: ReactNode }) =>
  open && <Modal title={title} className="dialog" onClose={() => onOpenChange(false)}><div className="d-body pb-4">{children}</div></Modal>
