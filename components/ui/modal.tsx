'use client'
import { DismissableLayer, FocusGuards, FocusScope } from 'radix-ui/internal'
import { type ReactNode, type RefObject, useEffect, useId, useRef } from 'react'
import { createPortal } from 'react-dom'

/** While it is open the rest of the page is not there for a screen reader and does not scroll. What is said aloud there stays. */
function useAlone(content: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const others = [...document.body.children].filter((e) => !e.contains(content.current) && !e.matches('script, [aria-live], [role="status"], [aria-hidden]'))
    const { style } = document.documentElement
    const { overflow } = style
    for (const e of others) e.setAttribute('aria-hidden', 'true')
    style.overflow = 'hidden'
    return () => {
      for (const e of others) e.removeAttribute('aria-hidden')
      style.overflow = overflow
    }
  }, [content])
}

type Props = {
  title: string
  /** Where the field says what it is, the title is for screen readers alone. */
  titleClass?: string
  className: string
  onClose(): void
  /** The keyboard goes to the first field or button unless this prevents it and chooses another. */
  onOpenFocus?(e: Event, content: HTMLElement | null): void
  /** The keyboard goes back to what had it before unless this prevents it. */
  onCloseFocus?(e: Event): void
  children: ReactNode
}

/**
 * One dialog over the page, there while it is mounted: Tab stays inside, Esc and a press beside it close it. Made of
 * Radix's parts and not of its dialog, which makes the page deaf to the pointer by a style that every element inherits:
 * on a long page that took longer than to draw the dialog. Here the scrim catches the pointer.
 */
export function Modal({ title, titleClass, className, onClose, onOpenFocus, onCloseFocus, children }: Props) {
  const content = useRef<HTMLDivElement>(null)
  const titleId = useId()
  FocusGuards.useFocusGuards()
  useAlone(content)
  return createPortal(
    <>
      <div className="scrim" />
      <FocusScope.FocusScope asChild loop trapped onMountAutoFocus={(e) => onOpenFocus?.(e, content.current)} onUnmountAutoFocus={(e) => onCloseFocus?.(e)}>
        <DismissableLayer.DismissableLayer
          ref={content} role="dialog" aria-modal aria-labelledby={titleId} className={className} deferPointerDownOutside onDismiss={onClose}
          onFocusOutside={(e) => e.preventDefault()}
          onPointerDownOutside={(e) => e.detail.originalEvent.button !== 0 && e.preventDefault()}
        >
          <h2 id={titleId} className={titleClass}>{title}</h2>
          {children}
        </DismissableLayer.DismissableLayer>
      </FocusScope.FocusScope>
    </>,
    document.body,
  )
}
