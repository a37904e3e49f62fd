'use client'
import { useEffect, useRef } from 'react'
import { Mark } from '#components/ui/mark.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import { ApiError } from '#lib/platform/client.ts'

/** What an error says to a reader: its own words, every reason, and the number to look for in the log. Without an answer nobody refused anything. */
export function explain(err: unknown): { word: 'Refused' | 'No answer'; text: string; reasons: readonly Why[]; requestId: string | null } {
  if (err instanceof ApiError) return { word: 'Refused', text: err.problem.detail, reasons: err.problem.unmet ?? [], requestId: err.problem.requestId ?? null }
  if (err instanceof DOMException && err.name === 'TimeoutError') return { word: 'No answer', text: 'No answer came in time.', reasons: [], requestId: null }
  if (err instanceof TypeError) return { word: 'No answer', text: 'The server did not answer. It may have acted: look before you press again.', reasons: [], requestId: null }
  return { word: 'Refused', text: err instanceof Error ? err.message : String(err), reasons: [], requestId: null }
}

export function ProblemNote({ error }: { error: unknown }) {
  const { word, text, reasons, requestId } = explain(error)
  const note = useRef<HTMLDivElement>(null)
  // In a long dialog on a phone it would come below what is seen, and the same button would stand there as if nothing was said.
  useEffect(() => {
    note.current?.scrollIntoView({ block: 'center' }) // a promise in newer browsers, which is no way to end an effect
  }, [error])
  return (
    <div role="alert" className="problem" ref={note}>
      <p><Mark kind={word === 'Refused' ? 'fail' : 'error'}>{word}</Mark> {text}</p>
      <Reasons reasons={reasons} />
      {requestId && <p className="small t3">Request <span className="mono">{requestId}</span></p>}
    </div>
  )
}
