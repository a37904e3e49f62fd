'use client'
import { useEffect, useRef, useState } from 'react'
import { useToasts } from '#components/ui/toast.tsx'

export type Watched = { id: string; version: number; headline: string; requested?: boolean }
type Pressed = { label: string; version: number }

/**
 * Remembers what was asked of a thing until a read shows its outcome: a later version, with no call to the cloud open.
 * `begin` returns how to end it by hand, for answers that say "nothing to do" and for refusals.
 */
export function useRequested(watched: Watched, until = 'Not live until it is read back.') {
  const [pressed, setPressed] = useState<Pressed | null>(null)
  const { show, drop } = useToasts()
  const { id, version, headline } = watched
  const settled = pressed !== null && version > pressed.version && watched.requested !== true

  const told = useRef<Pressed | null>(null)
  useEffect(() => {
    if (!settled || told.current === pressed) return
    told.current = pressed
    show({ key: id, kind: 'pass', word: 'Read back', strong: 'Read back.', text: headline })
  }, [settled, pressed, id, headline, show])

  // Whoever leaves the page no longer follows it; a toast that waits for ever would be a lie.
  useEffect(() => () => drop(id), [id, drop])

  return {
    label: settled ? null : (pressed?.label ?? null),
    begin(label: string) {
      setPressed({ label, version })
      show({ key: id, kind: 'running', word: 'Requested', strong: `Requested: ${label}.`, text: until })
    },
    /** `answered` is the version in the write's own answer; the same as before means that nothing was to do. */
    end(answered: number | null) {
      if (answered !== null && answered > version) return
      setPressed(null)
      if (answered !== null) show({ key: id, kind: 'pass', word: 'Nothing to do', strong: 'Nothing to do.', text: 'It was already so; nothing was written.' })
    },
    fail({ word, text }: { word: 'Refused' | 'No answer'; text: string }) {
      setPressed(null)
      show({ key: id, kind: word === 'Refused' ? 'fail' : 'error', word, strong: `${word}.`, text })
    },
  }
}
