import type { ReactNode } from 'react'
import { MarkOnly, type MarkKind } from '#components/ui/mark.tsx'

export type StepItem = { key: string; kind: MarkKind; word: string; at: ReactNode; title: ReactNode; now: boolean; detail?: ReactNode }

/** What was done, what runs, what is to come with its forecast time. */
export const Steps = ({ items }: { items: readonly StepItem[] }) => (
  <ol className="steps">
    {items.map((s) => (
      <li key={s.key} className={s.now ? 'now' : undefined} aria-current={s.now ? 'step' : undefined}>
        <span className="at">{s.at}</span>
        <MarkOnly kind={s.kind} word={s.word} />
        <div>{s.now ? <b>{s.title}</b> : s.title}{s.detail && <small>{s.detail}</small>}</div>
      </li>
    ))}
  </ol>
)
