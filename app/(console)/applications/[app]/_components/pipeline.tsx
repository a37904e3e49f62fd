import Link from 'next/link'
import { splitParts } from '#components/rollouts/split-parts.ts'
import { TargetAge } from '#components/targets/age.tsx'
import { TargetFlags } from '#components/targets/flags.tsx'
import { durationText } from '#components/ui/format.ts'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Ago } from '#components/ui/time.tsx'
import { approversText } from '#lib/access/words.ts'
import type { ApplicationView } from '#lib/applications/contract.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'

type Environment = ApplicationView['environments'][number]

/** The rules of entry, in one line. */
function rules(e: Environment): string {
  const after = e.after.map((a) => `after ${a.environment}${a.soakSeconds > 0 ? ` for ${durationText(a.soakSeconds * 1000)}` : ''}`)
  const approvals = e.approvals.map((a) => approversText(a.count, a.roles))
  return [...after, approvals.length > 0 ? `approved by ${approvals.join(' and ')}` : 'no approval', `strategy ${e.strategy}`, e.start === 'auto' ? 'starts by itself' : 'started by a person'].join(', ')
}

function Target({ t }: { t: TargetSummary }) {
  const split = t.split ?? {}
  const other = Object.keys(split).find((n) => n !== t.stable?.revision && (split[n] ?? 0) > 0) ?? null
  return (
    <div className="tgt">
      <p><Link className="link b" href={`/targets/${t.id}`}>{t.service} in {t.environment}</Link></p>
      <p>{t.stable ? <><span className="ver">{t.stable.release?.version ?? 'observed'}</span> <RevisionName name={t.stable.revision} short /> {t.stable.since && <small className="t3"><Ago iso={t.stable.since} /></small>}</> : <span className="t3">nothing there yet</span>}</p>
      {other && <SplitBar parts={splitParts(split, t.stable?.revision ?? null, other)} />}
      <p className="row-f tight">{t.openRollout ? <Link className="rows" href={`/rollouts/${t.openRollout}`}><TargetFlags target={t} /></Link> : <TargetFlags target={t} />}<TargetAge target={t} /></p>
    </div>
  )
}

export const Pipeline = ({ application: a }: { application: ApplicationView }) => (
  <ol className="pipe">
    {a.environments.map((e) => (
      <li key={e.slug} id={e.slug}>
        <h3>{e.slug}</h3>
        <p>{rules(e)}</p>
        <div className="mt">{e.targets.map((t) => <Target key={t.id} t={t} />)}</div>
      </li>
    ))}
  </ol>
)
