import Link from 'next/link'
import { TargetAge } from '#components/targets/age.tsx'
import { TargetFlags } from '#components/targets/flags.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { Ago, At } from '#components/ui/time.tsx'
import type { ApplicationView } from '#lib/applications/contract.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'

// What asks a person first, then what moves, then what rests.
const urgency = (t: TargetSummary) => (t.held ? 0 : t.drift || t.error ? 1 : t.openRollout ? 2 : t.hold ? 3 : 4)

/** Every service in every environment, with what it serves. */
export function TargetsTab({ application: a, stale }: { application: ApplicationView; stale: boolean }) {
  const targets = a.environments.flatMap((e) => e.targets).toSorted((x, y) => urgency(x) - urgency(y))
  return (
    <Section title="Targets" note="each service in each environment" stale={stale}>
      {targets.length === 0 ? <Empty>No target: the blueprint names where each service runs.</Empty> : (
        <table className="tbl stack">
          <caption className="sr-only">Targets of {a.title}</caption>
          <thead><tr><th scope="col">Target</th><th scope="col">Version</th><th scope="col">Revision</th><th scope="col">Since</th><th scope="col">State</th><th scope="col">As of</th></tr></thead>
          <tbody>
            {targets.map((t) => (
              <tr key={t.id}>
                <th scope="row"><Link className="link" href={`/targets/${t.id}`}>{t.service} in {t.environment}</Link> <span className="block mono t3">{t.locator}</span></th>
                <td className="ver">{t.stable ? (t.stable.release?.version ?? 'observed') : <span className="t3">nothing there yet</span>}</td>
                <td>{t.stable && <RevisionName name={t.stable.revision} short />}</td>
                <td className="t2">{t.stable?.since && <Ago iso={t.stable.since} />}</td>
                <td><span className="row-f tight">{t.openRollout ? <Link className="rows" href={`/rollouts/${t.openRollout}`}><TargetFlags target={t} /></Link> : <TargetFlags target={t} />}<TargetAge target={t} /></span></td>
                <td className="t3" data-k="as of">{t.asOf ? <At iso={t.asOf} seconds /> : 'not read yet'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}
