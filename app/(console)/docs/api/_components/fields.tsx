import type { Field, Type } from '#lib/http/reference.ts'

/** A type in words; the schema that it names is one press away. */
export const TypeText = ({ type }: { type: Type }) => (type.ref ? <a className="link" href={`#schema-${type.ref}`}>{type.text}</a> : <>{type.text}</>)

export const Fields = ({ caption, fields }: { caption: string; fields: readonly Field[] }) => (
  <table className="tbl tight flat stack fields">
    <caption className="sr-only">{caption}</caption>
    <thead><tr><th scope="col">Field</th><th scope="col">Type</th><th scope="col">Allowed</th></tr></thead>
    <tbody>
      {fields.map((f) => (
        <tr key={f.name}>
          <th scope="row"><span className="f-name">{f.name}</span>{f.required && <span className="t3 small"> required</span>}</th>
          <td className="type"><TypeText type={f.type} /></td>
          <td className="t2 small">{f.note}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
