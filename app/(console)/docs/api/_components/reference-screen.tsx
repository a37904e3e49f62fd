import Link from 'next/link'
import { Empty } from '#components/ui/empty.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import type { Operation, Reference } from '#lib/http/reference.ts'
import { Find } from './find.tsx'
import { OpenAtHash } from './open-at-hash.tsx'
import { OperationView } from './operation.tsx'
import { Fields, TypeText } from './fields.tsx'

const fits = (o: Operation, find: string) => `${o.method} ${o.path} ${o.id} ${o.summary}`.toLowerCase().includes(find.toLowerCase())

/** A document and no page of the app: the browser opens it itself. */
const servedAt = '/api/v1/openapi.json'

/** The reference of the API, drawn from the document that is served at /api/v1/openapi.json. */
export function ReferenceScreen({ reference, find }: { reference: Reference; find: string }) {
  const groups = reference.groups.map((g) => ({ ...g, operations: g.operations.filter((o) => fits(o, find)) })).filter((g) => g.operations.length > 0)
  const count = groups.reduce((n, g) => n + g.operations.length, 0)
  return (
    <>
      <Bar crumbs={[{ text: 'API' }]} end={<a className="rows small" href={servedAt}>openapi.json</a>} />
      <Head title="API">
        <p>Everything that these screens do. Send <span className="mono">Authorization: Bearer slc_…</span> with a <Link className="link" href="/settings?tab=tokens">token</Link>; each operation says who may, and refusals list every reason at once.</p>
      </Head>
      <OpenAtHash />
      <div className="row-f mb-3"><Find /><span className="small t3" role="status">{find ? `${count} operations have “${find}”` : `${count} operations`}</span></div>
      <nav className="seg" aria-label="Parts of the API">{groups.map((g) => <a key={g.tag} href={`#tag-${g.tag}`}>{g.tag}</a>)}{!find && <a href="#schemas">schemas</a>}</nav>
      {groups.length === 0 && <Empty>No operation has “{find}” in its path, name or sentence.</Empty>}
      {groups.map((g) => (
        <div key={g.tag} id={`tag-${g.tag}`} className="mt-6 scroll-mt-4"><Section title={g.tag}>{g.operations.map((o) => <OperationView key={o.id} o={o} />)}</Section></div>
      ))}
      {!find && (
        <div id="schemas" className="mt-6 scroll-mt-4">
          <Section title="Schemas" note="what answers are made of; further fields may come">
            {reference.schemas.map((s) => (
              <article key={s.name} id={`schema-${s.name}`} className="ref-schema">
                <h3>{s.name}</h3>
                {s.fields.length > 0 ? <Fields caption={`Fields of ${s.name}`} fields={s.fields} /> : <p className="t2"><TypeText type={s.type} /></p>}
              </article>
            ))}
          </Section>
        </div>
      )}
    </>
  )
}
