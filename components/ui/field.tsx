'use client'
import { type ReactNode, useId } from 'react'

type Shared = { label: ReactNode; hint?: ReactNode; error?: string | undefined; className?: string }
type Control = { id: string; 'aria-invalid': true | undefined; 'aria-describedby': string | undefined; className: string }

/** A label, its control, what is allowed, and what was wrong, tied together for a screen reader. */
export function Field({ label, hint, error, className, children }: Shared & { children(control: Control): ReactNode }) {
  const id = useId()
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <div className={`field ${className ?? ''}`}>
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': error ? true : undefined, 'aria-describedby': described || undefined, className: 'input' })}
      {hint && <p className="hint" id={`${id}-hint`}>{hint}</p>}
      {error && <p className="bad-text" id={`${id}-error`} role="alert">{error}</p>}
    </div>
  )
}

/** A few answers to choose from with one press. */
export function Chips({ legend, name, options, value, onChange }: { legend: string; name: string; options: readonly string[]; value: string | null; onChange(value: string): void }) {
  return (
    <fieldset className="field">
      <legend>{legend}</legend>
      <div className="chips">
        {options.map((o) => <label key={o}><input type="radio" name={name} value={o} checked={value === o} onChange={() => onChange(o)} />{o}</label>)}
      </div>
    </fieldset>
  )
}
