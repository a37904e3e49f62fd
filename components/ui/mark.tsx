import type { ReactNode } from 'react'

/** Each meaning has a shape, a colour and a word, so that none rests on colour alone. */
const shapes = {
  pass: { word: 'Pass', shape: <><circle cx="8" cy="8" r="6.75" fill="currentColor" stroke="none" /><path d="M5 8.3 7.1 10.4 11 5.9" stroke="var(--knock)" strokeWidth="1.75" /></> },
  fail: { word: 'Fail', shape: <><rect x="1.75" y="1.75" width="12.5" height="12.5" rx="2" fill="currentColor" stroke="none" /><path d="M5.5 5.5l5 5M10.5 5.5l-5 5" stroke="var(--knock)" strokeWidth="1.75" /></> },
  inconclusive: { word: 'Not enough data', shape: <><circle cx="8" cy="8" r="6" /><path d="M5.2 8h0M8 8h0M10.8 8h0" strokeWidth="2" /></> },
  error: { word: 'Cannot measure', shape: <><path d="M8 1.2 14.8 8 8 14.8 1.2 8Z" fill="currentColor" strokeWidth="1" /><path d="M6.5 6.4A1.6 1.6 0 1 1 8.6 8c-.4.2-.6.5-.6.9" stroke="var(--knock)" strokeWidth="1.4" /><path d="M8 10.9h0" stroke="var(--knock)" strokeWidth="1.7" /></> },
  running: { word: 'Running', shape: <><circle cx="8" cy="8" r="6" opacity=".28" /><path d="M8 2a6 6 0 0 1 6 6" strokeWidth="2" /></> },
  paused: { word: 'Paused', shape: <><circle cx="8" cy="8" r="6.25" /><path d="M6.3 5.8v4.4M9.7 5.8v4.4" strokeWidth="1.75" /></> },
  held: { word: 'Held', shape: <><path d="M8 2 14.6 13.6H1.4Z" fill="var(--held-fill)" stroke="var(--held)" strokeWidth="1.5" /><path d="M8 6.3v3.1M8 11.5h0" stroke="var(--on-held)" strokeWidth="1.7" /></> },
  waiting: { word: 'Waiting', shape: <><circle cx="8" cy="8" r="6" /><path d="M8 4.8V8l2.1 1.5" /></> },
  stale: { word: 'Stale', shape: <><circle cx="8" cy="8" r="6" strokeDasharray="2.2 2.51" strokeLinecap="butt" /><path d="M8 5.2V8" /><path d="M8 10.6h0" strokeWidth="1.8" /></> },
  todo: { word: 'Not started', shape: <circle cx="8" cy="8" r="5.5" opacity=".75" /> },
  skipped: { word: 'Skipped', shape: <><circle cx="8" cy="8" r="6" /><path d="M4 12 12 4" /></> },
} satisfies Record<string, { word: string; shape: ReactNode }>
export type MarkKind = keyof typeof shapes

const Shape = ({ kind }: { kind: MarkKind }) => <svg className="m" viewBox="0 0 16 16" aria-hidden="true">{shapes[kind].shape}</svg>

/** The mark with its word beside it. */
export const Mark = ({ kind, children }: { kind: MarkKind; children?: ReactNode }) => (
  <span className={`mark ${kind}`}><Shape kind={kind} /><span>{children ?? shapes[kind].word}</span></span>
)

/** The mark alone, for dense places; the word is its accessible name. */
export const MarkOnly = ({ kind, word }: { kind: MarkKind; word?: string | undefined }) => {
  const name = word ?? shapes[kind].word
  return <span className={`mark-only ${kind}`} role="img" aria-label={name} title={name}><Shape kind={kind} /></span>
}
