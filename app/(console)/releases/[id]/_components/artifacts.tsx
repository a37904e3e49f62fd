import { Section } from '#components/ui/section.tsx'
import type { ReleaseView } from '#lib/releases/contract.ts'

/** Digests whole, so that they can be compared by eye and copied. */
export const Artifacts = ({ release: r }: { release: ReleaseView }) => (
  <Section title="Artifacts" note="tags resolved once, when it was made">
    <table className="tbl stack">
      <thead><tr><th scope="col">Service</th><th scope="col">Image</th><th scope="col">Digest</th></tr></thead>
      <tbody>{r.artifacts.map((a) => <tr key={a.service}><th scope="row">{a.service}</th><td className="mono t2">{a.image}{a.tag && !a.image.includes('@') && !a.image.endsWith(`:${a.tag}`) && `:${a.tag}`}</td><td className="mono">{a.digest}</td></tr>)}</tbody>
    </table>
    {r.stays.length > 0 && <p className="small t2 mt">Left out: {r.stays.join(', ')}. They stay as they are live.</p>}
  </Section>
)
