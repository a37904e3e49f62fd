import Link from 'next/link'
import { PromotionMark } from '#components/promotions/state.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { PromotionSummary } from '#lib/promotions/contract.ts'

export const PromotionTable = ({ promotions }: { promotions: readonly PromotionSummary[] }) => (
  <table className="tbl stack">
    <thead><tr><th scope="col">Promotion</th><th scope="col">State</th><th scope="col">What is so</th><th scope="col">Asked by</th><th scope="col" className="num">Asked</th></tr></thead>
    <tbody>
      {promotions.map((p) => (
        <tr key={p.id}>
          <th scope="row"><Link className="link b" href={`/promotions/${p.id}`}>{p.application} {p.release.version} to {p.environment}</Link></th>
          <td><PromotionMark state={p.state} /></td>
          <td className="t2">{p.headline}</td>
          <td className="t2">{p.requestedBy}</td>
          <td className="num t2"><Ago iso={p.createdAt} /></td>
        </tr>
      ))}
    </tbody>
  </table>
)
