import Link from 'next/link'
import { afterText, approvalTerms, approvalText, approversText, bakeMs, freezeText, newerText, ruleText, undecidedText } from '#components/environments/words.ts'
import { stepText } from '#components/rollouts/step-text.ts'
import { TargetAge } from '#components/targets/age.tsx'
import { TargetFlags } from '#components/targets/flags.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { capital, sentence } from '#components/ui/format.ts'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { EnvironmentView } from '#lib/environments/contract.ts'
import { durationText } from '#lib/platform/words.ts'

/** What a release needs to get in: each condition with who can meet it. */
function Entry({ e }: { e: EnvironmentView }) {
  return (
    <div>
      <h3>To get in</h3>
      <dl className="kv mt">
        <dt>After</dt><dd>{e.after.length > 0 ? sentence(capital(afterText(e).replace(/^after /, ''))) : 'Nothing: a release may come here first.'}</dd>
        {e.approvals.length === 0 && <><dt>Approval</dt><dd>None.</dd></>}
        {e.approvals.map((r) => (
          <div className="contents" key={r.name}>
            <dt>{r.name}</dt>
            <dd>{sentence(capital(approvalText(r)))} {approvalTerms(r)} <span className="t2">{approversText(r)}</span></dd>
          </div>
        ))}
        <dt>Start</dt><dd>{e.start === 'manual' ? 'A person starts it once all is met.' : 'By itself, once all is met.'}</dd>
        <dt>Newer</dt><dd>{newerText[e.onNewer]}</dd>
        <dt>Freeze</dt><dd>{freezeText[e.onFreeze]}</dd>
      </dl>
    </div>
  )
}

function Strategy({ e }: { e: EnvironmentView }) {
  const { name, steps, analysis } = e.strategy
  const bakes = bakeMs(e)
  return (
    <div>
      <h3>How it goes out <span className="t3 font-normal">strategy {name}{bakes > 0 && `, at least ${durationText(bakes)}`}</span></h3>
      <ol className="list-decimal pl-5 t2 mt">{steps.map((s, i) => <li key={`${s.kind} ${i}`}>{stepText(steps, i, null)}</li>)}</ol>
      {analysis.rules.length > 0 && (
        <>
          <p className="small t2 hd">While it bakes</p>
          <ul className="small t2">{analysis.rules.map((r) => <li key={r.name}><span className="b">{r.name}</span>: {ruleText(r)}</li>)}</ul>
          <p className="small t3 mt">{undecidedText(analysis)}</p>
        </>
      )}
    </div>
  )
}

function Live({ e }: { e: EnvironmentView }) {
  if (e.targets.length === 0) return <Empty>No service of this application runs here.</Empty>
  return (
    <table className="tbl stack mt">
      <caption className="sr-only">Live in {e.slug}</caption>
      <thead><tr><th scope="col">Service</th><th scope="col">Version</th><th scope="col">Revision</th><th scope="col">Since</th><th scope="col">State</th></tr></thead>
      <tbody>
        {e.targets.map((t) => (
          <tr key={t.id}>
            <th scope="row"><Link className="link" href={`/targets/${t.id}`}>{t.service}<span className="sr-only"> in {e.slug}</span></Link></th>
            <td className="ver">{t.stable ? (t.stable.release?.version ?? 'observed') : <span className="t3">nothing there yet</span>}</td>
            <td>{t.stable && <RevisionName name={t.stable.revision} short />}</td>
            <td className="t2">{t.stable?.since && <Ago iso={t.stable.since} />}</td>
            <td><span className="row-f tight">{t.openRollout ? <Link className="rows" href={`/rollouts/${t.openRollout}`}><TargetFlags target={t} short /></Link> : <TargetFlags target={t} short />}<TargetAge target={t} /></span></td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const oldestOf = (e: EnvironmentView): string | null => e.targets.flatMap((t) => t.asOf ?? []).toSorted()[0] ?? null

export const EnvironmentSection = ({ environment: e, stale }: { environment: EnvironmentView; stale: boolean }) => (
  <div id={e.slug} className="scroll-mt-4 mt-7">
    <Section title={e.slug} note={e.tier === e.slug ? undefined : e.tier} stale={stale} end={<>{e.feeds.length > 0 && <span className="asof">feeds {e.feeds.join(', ')}</span>}{e.targets.length > 0 && <Stamp asOf={oldestOf(e)} stale={stale} prefix="Live as of" />}</>}>
      <div className="grid gap-x-10 gap-y-5 md:grid-cols-2"><Entry e={e} /><Strategy e={e} /></div>
      <Live e={e} />
    </Section>
  </div>
)
