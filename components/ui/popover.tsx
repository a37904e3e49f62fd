'use client'
import { Popover as Radix } from 'radix-ui'
import type { ReactNode } from 'react'

/** Details on demand beside the thing they explain; opened by a press, so that it works by touch. */
export const Popover = ({ trigger, label, children }: { trigger: ReactNode; label: string; children: ReactNode }) => (
  <Radix.Root>
    <Radix.Trigger className="rows" aria-label={label}>{trigger}</Radix.Trigger>
    <Radix.Portal><Radix.Content className="pop" sideOffset={6} collisionPadding={12} aria-label={label}>{children}</Radix.Content></Radix.Portal>
  </Radix.Root>
)
