import type { ReactNode } from 'react'
import { MarkOnly, type MarkKind } from '#components/ui/mark.tsx'

export type GateItem = { key: string; kind: MarkKind; word: string; title: ReactNode; met: boolean; detail?: ReactNode }

/** Conditions with what each still needs; met ones fold to one line. */
export const GateList = ({ items }: { items: readonly GateItem[] }) => (
  <ul className="gates">
    {items.map((g) => (
      <li key={g.key} className={g.met ? 'met' : undefined}>
        <MarkOnly kind={g.kind} word={g.word} />
        <div><p className={g.met ? undefined : 'b'}>{g.title}</p>{g.detail}</div>
      </li>
    ))}
  </ul>
)
