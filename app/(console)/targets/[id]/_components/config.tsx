import { Empty } from '#components/ui/empty.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'

/** Settings of the live revision; secrets by reference only, their values never leave the cloud. */
export const Config = ({ config, asOf, stale }: { config: readonly { path: string; value: string }[]; asOf: string; stale: boolean }) => (
  <Section title="Config" note="secrets by reference; values stay in the cloud" stale={stale} end={<Stamp asOf={asOf} stale={stale} />}>
    {config.length === 0 ? <Empty>The service sets nothing of its own.</Empty> : (
      <table className="tbl tight stack pairs">
        <thead><tr><th scope="col">Name</th><th scope="col">Live</th></tr></thead>
        <tbody>{config.map((c) => <tr key={c.path}><th scope="row" className="mono">{c.path}</th><td className="mono t2">{c.value}</td></tr>)}</tbody>
      </table>
    )}
  </Section>
)
