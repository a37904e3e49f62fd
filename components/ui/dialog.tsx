'use client'
import { Dialog as Radix } from 'radix-ui'
import { clsx } from 'clsx'
import { type FormEvent, type ReactNode, useRef } from 'react'

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
  const submit = (e: FormEvent) => {
    e.preventDefault()
    onSubmit()
  }
  const content = useRef<HTMLDivElement>(null)
  const focus = (e: Event) => {
    const first = content.current?.querySelector<HTMLElement>(start === 'field' ? 'textarea, input:not([type="radio"])' : 'button[type="submit"]')
    if (!first) return
    e.preventDefault()
    first.focus()
  }
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="scrim" />
        <Radix.Content ref={content} className={clsx('dialog', wide && 'wide')} aria-describedby={undefined} onOpenAutoFocus={focus}>
          <Radix.Title>{title}</Radix.Title>
          <form className="contents" onSubmit={submit}>
            <div className="d-body">{children}</div>
            <div className="d-foot">{foot}</div>
          </form>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** A panel that only shows: a menu on a phone, details. */
export function Sheet({ open, onOpenChange, title, children }: { open: boolean; onOpenChange(open: boolean): void; title: string; children: ReactNode }) {
  return (
    <Radix.Root open={open} onOpenChange={onOpenChange}>
      <Radix.Portal>
        <Radix.Overlay className="scrim" />
        <Radix.Content className="dialog" aria-describedby={undefined}>
          <Radix.Title>{title}</Radix.Title>
          <div className="d-body pb-4">{children}</div>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}
