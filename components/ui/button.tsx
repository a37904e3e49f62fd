'use client'
import { clsx } from 'clsx'
import { type MouseEvent, type ReactNode, type Ref, useId } from 'react'
import { Icon, type IconName } from '#components/ui/icon.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'

export type ButtonLook = 'default' | 'primary' | 'quiet' | 'danger'
export type ButtonProps = {
  children: ReactNode
  look?: ButtonLook
  icon?: IconName | undefined
  /** The key that does the same; shown on a desktop. */
  hotkey?: string | undefined
  small?: boolean
  type?: 'button' | 'submit'
  className?: string
  disabled?: boolean
  /** Set while the outcome of a press is not known yet: the words to show instead. */
  requested?: ReactNode
  describedBy?: string | undefined
  onPress?: ((e: MouseEvent<HTMLButtonElement>) => void) | undefined
  ref?: Ref<HTMLButtonElement>
}

/** Disabled buttons stay focusable (aria-disabled), so that a keyboard reaches the reasons they point at. */
export function Button({ children, look = 'default', icon, hotkey, small = false, type = 'button', className, disabled = false, requested, describedBy, onPress, ref }: ButtonProps) {
  const off = disabled || requested !== undefined
  return (
    <button
      ref={ref}
      type={type}
      className={clsx('btn', look !== 'default' && look, small && 'small-b', className)}
      aria-disabled={off || undefined}
      aria-describedby={describedBy}
      aria-keyshortcuts={hotkey}
      onClick={(e) => {
        if (off) e.preventDefault()
        else onPress?.(e)
      }}
    >
      {requested === undefined ? <>{icon && <Icon name={icon} />}<span>{children}</span></> : <Mark kind="running">{requested}</Mark>}
      {hotkey && <kbd aria-hidden="true">{hotkey}</kbd>}
    </button>
  )
}

/** A button that lists below it why it cannot be pressed. */
export function GatedButton({ reasons, ...props }: ButtonProps & { reasons: readonly Why[] }) {
  const id = useId()
  const off = (props.disabled ?? false) || reasons.length > 0
  return (
    <>
      <Button {...props} disabled={off} describedBy={reasons.length > 0 ? id : undefined} />
      <Reasons id={id} reasons={reasons} />
    </>
  )
}
