import { Mark } from '#components/ui/mark.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import { ApiError } from '#lib/platform/client.ts'

/** What an error says to a reader: its own words, every reason, and the number to look for in the log. */
export function explain(err: unknown): { text: string; reasons: readonly Why[]; requestId: string | null } {
  if (err instanceof ApiError) return { text: err.problem.detail, reasons: err.problem.unmet ?? [], requestId: err.problem.requestId ?? null }
  if (err instanceof TypeError) return { text: 'The server did not answer. It may have acted: look before you press again.', reasons: [], requestId: null }
  return { text: err instanceof Error ? err.message : String(err), reasons: [], requestId: null }
}

export function ProblemNote({ error }: { error: unknown }) {
  const { text, reasons, requestId } = explain(error)
  return (
    <div role="alert" className="problem">
      <p><Mark kind="fail">Refused</Mark> {text}</p>
      <Reasons reasons={reasons} />
      {requestId && <p className="small t3">Request <span className="mono">{requestId}</span></p>}
    </div>
  )
}
