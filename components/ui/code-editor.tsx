'use client'
import { type Ref, useImperativeHandle, useRef } from 'react'

export type EditorHandle = { goTo(line: number, column: number): void }
type Props = { label: string; value: string; /** For a section of a document, not all of it. */ short?: boolean; onChange?: (value: string) => void; badLines?: ReadonlySet<number>; describedBy?: string | undefined; ref?: Ref<EditorHandle> }

/** A text with its line numbers beside it; without `onChange` it can be read and copied. A plain textarea, so that phones, screen readers and Undo work as they do anywhere. */
export function CodeEditor({ label, value, short = false, onChange, badLines, describedBy, ref }: Props) {
  const area = useRef<HTMLTextAreaElement>(null)
  const gutter = useRef<HTMLDivElement>(null)
  const lines = value.split('\n')
  useImperativeHandle(ref, () => ({
    goTo(line, column) {
      const at = lines.slice(0, line - 1).reduce((n, l) => n + l.length + 1, 0) + column - 1
      const field = area.current
      if (!field) return
      field.focus()
      field.setSelectionRange(at, at)
      field.scrollTop = (field.scrollHeight / lines.length) * Math.max(0, line - 6)
    },
  }))
  return (
    <div className={short ? 'editor short' : 'editor'}>
      <div className="lines" ref={gutter} aria-hidden="true">{lines.map((_, i) => <span key={i} className={badLines?.has(i + 1) ? 'bad' : undefined}>{badLines?.has(i + 1) ? '✕ ' : ''}{i + 1}</span>)}</div>
      <textarea
        ref={area} aria-label={label} aria-describedby={describedBy} aria-invalid={badLines && badLines.size > 0 ? true : undefined} value={value} readOnly={!onChange} spellCheck={false} autoCapitalize="off" autoComplete="off" wrap="off"
        onChange={(e) => onChange?.(e.target.value)}
        onScroll={(e) => { if (gutter.current) gutter.current.scrollTop = e.currentTarget.scrollTop }}
      />
    </div>
  )
}
