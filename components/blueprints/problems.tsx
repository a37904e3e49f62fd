import { ApiError } from '#lib/platform/client.ts'
import { Mark } from '#components/ui/mark.tsx'

export type TextProblem = { line: number; column: number; message: string }

/** What the server found wrong in the text, by place; empty when its refusal is about something else. */
export const problemsOf = (error: unknown): TextProblem[] =>
  error instanceof ApiError ? (error.problem.unmet ?? []).flatMap((u) => (u.at ? [{ ...u.at, message: u.message.replace(/^line \d+, column \d+(, |: )/, '') }] : [])) : []

/** All mistakes at once; pressing one goes to its place in the text. */
export function Problems({ id, word = 'Cannot be planned', problems, onPick }: { id: string; word?: string; problems: readonly TextProblem[]; onPick(p: TextProblem): void }) {
  if (problems.length === 0) return null
  return (
    <div id={id} role="alert" className="mt-3">
      <p><Mark kind="fail">{word}</Mark> {problems.length === 1 ? 'One mistake in the text.' : `${problems.length} mistakes in the text.`}</p>
      <ul className="problems">
        {problems.map((p) => <li key={`${p.line} ${p.column} ${p.message}`}><button type="button" onClick={() => onPick(p)}><span className="at">line {p.line}, column {p.column}</span><span>{p.message}</span></button></li>)}
      </ul>
    </div>
  )
}
