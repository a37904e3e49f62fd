import Link from 'next/link'
import { revisionOf, splitParts } from '#components/rollouts/split-parts.ts'
import { TargetFlags } from '#components/targets/flags.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Ago } from '#components/ui/time.tsx'
import { MarkOnly } from '#components/ui/mark.tsx'
import type { ApplicationView } from '#lib/applications/contract.ts'
import type { RolloutSummary } from '#lib/rollouts/contract.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'

type Row = { key: string; application: ApplicationView; service: string; before: Map<string, TargetSummary[]>; production: TargetSummary | null }

const earlier = ['development', 'staging'] as const
const tierNames = { development: 'Development', staging: 'Staging' } as const
const urgency = (t: TargetSummary | null) => (!t ? 9 : t.held ? 0 : t.drift || t.error ? 1 : t.openRollout ? 2 : t.hold ? 3 : 4)

/** One row per service and production target; what fails or moves first. */
function rowsOf(applications: readonly ApplicationView[]): Row[] {
  const rows = applications.flatMap((application) =>
    application.services.flatMap((s) => {
      const targets = application.environments.flatMap((e) => e.targets.filter((t) => t.service === s.slug).map((t) => ({ tier: e.tier, t })))
      const before = new Map(earlier.map((tier) => [tier, targets.filter((x) => x.tier === tier).map((x) => x.t)]))
      const production = targets.filter((x) => x.tier === 'production').map((x) => x.t)
      return (production.length > 0 ? production : [null]).map((p) => ({ key: `${application.slug} ${s.slug} ${p?.id ?? ''}`, application, service: s.slug, before, production: p }))
    }),
  )
  const worst = (r: Row) => Math.min(urgency(r.production), ...[...r.before.values()].flat().map((t) => urgency(t) + 1))
  return rows.sort((a, b) => worst(a) - worst(b))
}

const Version = ({ t }: { t: TargetSummary }) => (
  <Link href={`/targets/${t.id}`} className="rows"><span className="sr-only">{t.service} in {t.environment}: </span>{t.stable?.release?.version ?? (t.stable ? 'observed' : 'nothing')}</Link>
)

function Earlier({ targets }: { targets: readonly TargetSummary[] }) {
  if (targets.length === 0) return <span className="t3">–</span>
  return <>{targets.map((t) => <span key={t.id} className="block">{t.held ? <MarkOnly kind="held" /> : t.openRollout ? <MarkOnly kind="running" /> : t.drift ? <MarkOnly kind="held" word="Changed outside" /> : null} <Version t={t} /> {t.stable?.since && <small><Ago iso={t.stable.since} /></small>}</span>)}</>
}

function Production({ t, rollout }: { t: TargetSummary; rollout: RolloutSummary | undefined }) {
  const candidate = revisionOf(rollout?.candidate ?? null)
  const stable = revisionOf(rollout?.stable ?? null) ?? t.stable?.revision ?? null
  const split = rollout?.split.observed ?? t.split
  const other = candidate ?? (split ? (Object.keys(split).find((n) => n !== stable && (split[n] ?? 0) > 0) ?? null) : null)
  const shares = split && other ? splitParts(split, stable, other) : []
  return (
    <>
      <td><span className="ver"><Version t={t} /></span> {t.stable?.since && <small><Ago iso={t.stable.since} /></small>}{rollout?.release && rollout.kind === 'promotion' && <span className="block ver c-ca">{rollout.release.version}</span>}</td>
      <td className="hide-phone">{stable && <RevisionName name={stable} short />}{candidate && <span className="block"><RevisionName name={candidate} short /></span>}</td>
      <td className="hide-phone">{shares.length > 1 && <><SplitBar parts={shares} /><span className="pc"><span>{shares[0]?.percent}</span><span>{shares.at(-1)?.percent}</span></span></>}</td>
      <td>{rollout ? <Link className="rows" href={`/rollouts/${rollout.id}`}><TargetFlags target={t} short /></Link> : <TargetFlags target={t} short />}{!t.held && !t.openRollout && !t.drift && !t.hold && !t.error && <span className="t3">{t.stable ? 'as intended' : 'nothing there yet'}</span>}</td>
    </>
  )
}

export function LiveGrid({ applications, open }: { applications: readonly ApplicationView[]; open: readonly RolloutSummary[] }) {
  const rows = rowsOf(applications)
  const tiers = earlier.filter((tier) => rows.some((r) => (r.before.get(tier) ?? []).length > 0))
  const oldest = applications.flatMap((a) => a.environments.flatMap((e) => e.targets.map((t) => t.asOf))).filter((a) => a !== null).sort()[0] ?? null
  return (
    <Section title="Live now" note="failing and moving first" end={<><span className="small t3"><span className="arm">stable</span> &ensp; <span className="arm ca">candidate</span></span><Stamp asOf={oldest} /></>}>
      {rows.length === 0 ? <Empty>No application yet. An admin applies a blueprint by the API: POST /api/v1/blueprints/apply.</Empty> : (
        <table className="tbl live">
          <thead><tr><th scope="col">Service</th>{tiers.map((tier) => <th scope="col" key={tier}>{tierNames[tier]}</th>)}<th scope="col">Production</th><th scope="col" className="hide-phone">Revision</th><th scope="col" className="hide-phone w-40">Split</th><th scope="col">State</th></tr></thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.key}>
                <th scope="row"><Link className="b" href={`/applications/${r.application.slug}`}>{r.application.title}</Link> {r.service}</th>
                {tiers.map((tier) => <td key={tier}><Earlier targets={r.before.get(tier) ?? []} /></td>)}
                {r.production ? <Production t={r.production} rollout={open.find((o) => o.target.id === r.production?.id)} /> : <><td className="t3">–</td><td className="hide-phone" /><td className="hide-phone" /><td /></>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Section>
  )
}
