'use client'
import { type KeyboardEvent, type ReactNode, useId, useRef, useState } from 'react'
import type { Ask } from '#components/actions/action-dialog.tsx'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { newRequestKey } from '#components/actions/request-key.ts'
import { Button } from '#components/ui/button.tsx'
import { Dialog } from '#components/ui/dialog.tsx'
import { Chips, Field } from '#components/ui/field.tsx'

const other = 'Other'

/** Mounted once per opening, so that each opening has one key and pressing twice writes once. */
export function OpenDialog({ ask, blocked, onClose }: { ask: Ask; blocked: ReactNode; onClose(): void }) {
  const [requestKey] = useState(newRequestKey)
  const presets = ask.reason.kind === 'none' ? [] : (ask.reason.presets ?? [])
  // A reason that nobody chose must not stand in the record; where one is needed, the likeliest saves a tap at night.
  const [choice, setChoice] = useState<string | null>(ask.reason.kind === 'required' || presets.length === 0 ? (presets[0] ?? other) : null)
  const [text, setText] = useState('')
  const [error, setError] = useState<unknown>(null)
  const [missing, setMissing] = useState(false)
  const [busy, setBusy] = useState(false)
  const pressed = useRef(false)
  const name = useId()
  const wantsText = ask.reason.kind !== 'none' && (presets.length === 0 || choice === other)
  const reason = (wantsText ? text.trim() : choice === other ? '' : choice) || undefined

  const submit = async () => {
    if (pressed.current || blocked) return
    if (ask.reason.kind === 'required' && !reason) return setMissing(true)
    pressed.current = true
    setBusy(true)
    setError(null)
    try {
      await ask.run(ask.reason.kind === 'none' ? undefined : reason, requestKey)
      onClose()
    } catch (err) {
      setError(err)
    } finally {
      pressed.current = false
      setBusy(false)
    }
  }

  // Enter does what the primary says; a line break in a reason takes Shift.
  const onEnter = (e: KeyboardEvent) => {
    if (e.key !== 'Enter' || e.shiftKey || e.nativeEvent.isComposing) return
    e.preventDefault()
    void submit()
  }

  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={ask.title}
      wide={ask.wide ?? false}
      onSubmit={() => void submit()}
      start={ask.reason.kind === 'required' && presets.length === 0 ? 'field' : 'primary'}
      foot={
        <>
          <Button look="quiet" hotkey="Esc" onPress={onClose}>Not now</Button>
          <Button type="submit" look={ask.danger ? 'danger' : 'primary'} disabled={Boolean(blocked)} requested={busy ? 'Requested' : undefined}>{ask.confirm}</Button>
        </>
      }
    >
      {ask.body}
      {presets.length > 0 && <Chips legend={`Why, for the record${ask.reason.kind === 'optional' ? ' (optional)' : ''}`} name={name} options={[...presets, other]} value={choice} onChange={setChoice} />}
      {wantsText && (
        <Field label={ask.reason.kind === 'required' ? (ask.reason.label ?? 'Reason') : `${(ask.reason.kind === 'optional' && ask.reason.label) || 'Reason'} (optional)`} error={missing && !reason ? 'A reason is needed; it is kept in the audit log.' : undefined}>
          {(c) => <textarea {...c} rows={2} maxLength={500} value={text} onChange={(e) => setText(e.target.value)} onKeyDown={onEnter} />}
        </Field>
      )}
      {blocked}
      {error !== null && <ProblemNote error={error} />}
    </Dialog>
  )
}
