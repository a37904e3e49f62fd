import { CopyLine } from '#components/ui/copy-line.tsx'
import { Icon } from '#components/ui/icon.tsx'
import type { Operation } from '#lib/http/reference.ts'
import { Fields, TypeText } from './fields.tsx'

/** The document marks code as Markdown does; here it reads as text. */
const plain = (text: string) => text.replaceAll('`', '')

const Part = ({ title, children }: { title: string; children: React.ReactNode }) => <div><h4>{title}</h4>{children}</div>

/** One operation, folded to its line; a link to it opens it. The target of the link lies inside, so that the browser unfolds it. */
export function OperationView({ o }: { o: Operation }) {
  const inPath = o.parameters.filter((p) => p.in === 'path')
  const others = o.parameters.filter((p) => p.in !== 'path')
  return (
    <details className="ref-op">
      <summary><Icon name="chevron" /><span className="verb">{o.method}</span><span className="mono">{o.path.replace('/api/v1', '')}</span><span>{plain(o.summary)}</span></summary>
      <div className="inside" id={o.id}>
        <p className="t2">{plain(o.who)} <span className="t3">Operation {o.id}, answers {o.answer.status}.</span></p>
        <CopyLine text={o.curl} label={`curl for ${o.id}`} />
        {inPath.length > 0 && <Part title="In the path"><Fields caption={`Path of ${o.id}`} fields={inPath} /></Part>}
        {others.length > 0 && <Part title={o.method === 'GET' || o.method === 'DELETE' ? 'In the query' : 'In the head'}><Fields caption={`Parameters of ${o.id}`} fields={others} /></Part>}
        {o.body && o.body.length > 0 && <Part title="In the body"><Fields caption={`Body of ${o.id}`} fields={o.body} /></Part>}
        <Part title="Answer">{o.answer.fields.length > 0 ? <Fields caption={`Answer of ${o.id}`} fields={o.answer.fields} /> : <p className="t2"><TypeText type={o.answer.type} /></p>}</Part>
        <Part title="Refused"><ul className="small t2">{o.errors.map((e) => <li key={e.status}><span className="mono">{e.status}</span> {plain(e.text)}</li>)}</ul></Part>
      </div>
    </details>
  )
}
