import { MarkOnly } from '#components/ui/mark.tsx'
import { At } from '#components/ui/time.tsx'

export type Why = { message: string; who?: string | null | undefined; opensAt?: string | null | undefined }

/** Every reason at once: what is missing, who can meet it, when it opens by itself. */
export function Reasons({ id, reasons }: { id?: string | undefined; reasons: readonly Why[] }) {
  if (reasons.length === 0) return null
  return (
    <ul className="reasons-list" id={id}>
      {reasons.map((r) => (
        <li key={r.message}>
          <MarkOnly kind="waiting" word="Not open" />
          {r.message}
          {r.who ? <> · {r.who} can</> : null}
          {r.opensAt ? <> · opens by itself <At iso={r.opensAt} /></> : null}
        </li>
      ))}
    </ul>
  )
}
