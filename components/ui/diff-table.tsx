import { Fragment, type ReactNode } from 'react'

export type DiffRow = { key: string; name: ReactNode; before: string | null; after: string | null; same: boolean }
export type DiffGroup = { key: string; title: ReactNode; before: ReactNode; after: ReactNode; rows: readonly DiffRow[]; folded: ReactNode }

/** Twelve digits of a digest tell images apart; the whole reference is the title. */
const brief = (text: string) => text.replaceAll(/(?:\S+@)?(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1…')

const Before = ({ row }: { row: DiffRow }) => (row.before === null ? <span className="t3">not set</span> : row.same ? <span title={row.before}>{brief(row.before)}</span> : <del title={row.before}>{brief(row.before)}</del>)
const After = ({ row }: { row: DiffRow }) => (row.after === null ? <span className="t3">removed</span> : row.same ? <span title={row.after}>{brief(row.after)}</span> : <ins title={row.after}>{brief(row.after)}</ins>)

/** Live and after, side by side; one under the other on a phone. What did not change is folded with its count. */
export const DiffTable = ({ caption, groups }: { caption: string; groups: readonly DiffGroup[] }) => (
  <table className="tbl tight diff">
    <caption className="sr-only">{caption}</caption>
    {groups.map((g) => (
      <Fragment key={g.key}>
        <thead><tr><th scope="col">{g.title}</th><th scope="col">{g.before}</th><th scope="col">{g.after}</th></tr></thead>
        <tbody>
          {g.rows.map((r) => <tr key={r.key}><th scope="row">{r.name}</th><td className="mono"><Before row={r} /></td><td className="mono"><After row={r} /></td></tr>)}
          {g.folded && <tr className="fold"><td colSpan={3}>{g.folded}</td></tr>}
        </tbody>
      </Fragment>
    ))}
  </table>
)
