'use client'
import { type ReactNode, useState } from 'react'
import { justDone, useJustDone } from '#components/actions/just-done.ts'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { newRequestKey } from '#components/actions/request-key.ts'
import { Button } from '#components/ui/button.tsx'
import { Strip } from '#components/ui/strip.tsx'

type Props = {
  /** Under which the act was noted. */
  act: string
  /** What was done, as its mark says it. */
  word: string
  children: ReactNode
  /** What taking it back does, as the button says it. */
  label: string
  /** Whether it can still be taken back; what cannot is not offered. */
  allowed: boolean
  /** It only opens a question; the offer stays until that is answered. */
  keep?: boolean
  onUndo(requestKey: string): unknown
}

/** Right after an act: the way to take it back, for a minute and while it is legal. It is the domain's own action, audited as such. */
export function Undo({ act, word, children, label, allowed, keep = false, onUndo }: Props) {
  const isOffered = useJustDone(act) !== null
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>(null)
  if (!isOffered || (!allowed && !busy)) return null
  const press = async () => {
    setBusy(true)
    setError(null)
    try {
      await onUndo(newRequestKey())
      if (!keep) justDone.drop(act)
    } catch (err) {
      setError(err)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <Strip kind="pass" word={word} action={<Button icon="undo" requested={busy ? 'Requested' : undefined} onPress={() => void press()}>{label}</Button>}>{children}</Strip>
      {error !== null && <ProblemNote error={error} />}
    </>
  )
}
