import type { ReactNode } from 'react'
import { MarkOnly, type MarkKind } from '#components/ui/mark.tsx'

/** Short statements, each with its own mark. */
export const Facts = ({ items }: { items: readonly { key: string; kind: MarkKind; word?: string | undefined; text: ReactNode }[] }) => (
  <ul className="facts">{items.map((f) => <li key={f.key}><MarkOnly kind={f.kind} word={f.word} />{f.text}</li>)}</ul>
)
