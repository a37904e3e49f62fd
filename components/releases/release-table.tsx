import Link from 'next/link'
import { ReleaseMark } from '#components/releases/state.tsx'
import { Digest } from '#components/ui/revision-name.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { Release } from '#lib/releases/contract.ts'

export const ReleaseTable = ({ releases, named = false }: { releases: readonly Release[]; named?: boolean }) => (
  <table className="tbl stack">
    <thead><tr><th scope="col">Release</th>{named && <th scope="col">Application</th>}<th scope="col">State</th><th scope="col">Commit</th><th scope="col">Artifacts</th><th scope="col">Author</th><th scope="col" className="num">Made</th></tr></thead>
    <tbody>
      {releases.map((r) => (
        <tr key={r.id}>
          <th scope="row"><Link className="link b" href={`/releases/${r.id}`}>{r.version}</Link></th>
          {named && <td><Link className="rows" href={`/applications/${r.application}`}>{r.application}</Link></td>}
          <td><ReleaseMark release={r} /></td>
          <td className="mono t2">{r.commit.slice(0, 12)}</td>
          <td className="t2">{r.artifacts.map((a) => <span className="block" key={a.service}>{a.service} <Digest value={a.digest} /></span>)}</td>
          <td className="t2">{r.author}</td>
          <td className="num t2"><Ago iso={r.createdAt} /></td>
        </tr>
      ))}
    </tbody>
  </table>
)
