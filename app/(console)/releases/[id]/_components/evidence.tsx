import { Empty } from '#components/ui/empty.tsx'
import { Section } from '#components/ui/section.tsx'
import type { ReleaseView } from '#lib/releases/contract.ts'

const text = (v: unknown): string => (typeof v === 'string' ? v : JSON.stringify(v, null, 1))

/** What CI handed over with it, as it came. */
export function Evidence({ release: r }: { release: ReleaseView }) {
  const entries = Object.entries(r.evidence ?? {})
  return (
    <Section title="Evidence" note="as CI gave it">
      {entries.length === 0 ? <Empty>None was given with this release.</Empty> : <dl className="kv">{entries.map(([k, v]) => <div className="contents" key={k}><dt>{k}</dt><dd className="notes-text">{text(v)}</dd></div>)}</dl>}
      {r.schema && <dl className="kv mt"><dt>Schema</dt><dd>brings {r.schema.version}, runs on {r.schema.min} to {r.schema.max}, {r.schema.reversible ? 'reversible' : 'not reversible'}</dd></dl>}
    </Section>
  )
}
