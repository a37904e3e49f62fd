'use client'
import { useQuery } from '@tanstack/react-query'
import { clsx } from 'clsx'
import Link from 'next/link'
import { memo, useState } from 'react'
import { Unreadable } from '#components/live/panel.tsx'
import { revisionOf, splitParts } from '#components/rollouts/split-parts.ts'
import { rolloutMark } from '#components/rollouts/state.tsx'
import { TargetAge, useTargetOld } from '#components/targets/age.tsx'
import { TargetFlags } from '#components/targets/flags.tsx'
import { Button } from '#components/ui/button.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { RevisionName } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Age } from '#components/ui/time.tsx'
import { MarkOnly } from '#components/ui/mark.tsx'
import { type OverviewView, viewOverview } from '#lib/overview/contract.ts'
import { query } from '#lib/platform/client.ts'
import type { RolloutLine } from '#lib/rollouts/contract.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'
import { HealthAge, HealthCells, HealthLine } from './health.tsx'

const tierNames = { development: 'Development', staging: 'Staging' } as const

const Version = ({ t }: { t: TargetSummary }) => (
  <Link href={`/targets/${t.id}`} className="rows"><span className="sr-only">{t.service} in {t.environment}: </span>{t.stable?.release?.version ?? (t.stable ? 'observed' : 'nothing')}</Link>
)

function Earlier({ targets }: { targets: readonly TargetSummary[] }) {
  if (targets.length === 0) return <span className="t3">–</span>
  return <>{targets.map((t) => <span key={t.id} className="block">{t.held ? <MarkOnly kind="held" /> : t.openRollout ? <MarkOnly kind="running" /> : t.drift ? <MarkOnly kind="held" word="Changed outside" /> : null} <Version t={t} /> {t.stable?.since && <small><Age iso={t.stable.since} /></small>}</span>)}</>
}

function runningText(r: RolloutLine): string {
  if (r.state !== 'running') return rolloutMark(r.state)[1]
  return r.kind === 'promotion' ? `Running at ${r.split.observed?.[r.candidate?.revision ?? ''] ?? 0}%` : 'Running'
}

function Production({ t, rollout, stale }: { t: TargetSummary; rollout: RolloutLine | undefined; stale: boolean }) {
  const candidate = revisionOf(rollout?.candidate ?? null)
  const stable = revisionOf(rollout?.stable ?? null) ?? t.stable?.revision ?? null
  const split = rollout?.split.observed ?? t.split
  const other = candidate ?? (split ? (Object.keys(split).find((n) => n !== stable && (split[n] ?? 0) > 0) ?? null) : null)
  const old = useTargetOld(t)
  const arms = [stable, candidate ?? other]
  const shares = split && other ? splitParts(split, stable, other) : []
  return (
    <>
      <td><span className="ver"><Version t={t} /></span> {t.stable?.since && <small><Age iso={t.stable.since} /></small>}{rollout?.release && rollout.kind === 'promotion' && <span className="block ver c-ca">{rollout.release.version} <small>{rollout.startedAt && <Age iso={rollout.startedAt} />}</small></span>}</td>
      <td className="hide-phone">{stable && <RevisionName name={stable} short />}{candidate && <span className="block"><RevisionName name={candidate} short /></span>}</td>
      <td className={clsx('hide-phone', old && 'is-stale')}>{shares.length > 1 && <><SplitBar parts={shares} /><span className="pc"><span>{shares[0]?.percent}</span><span>{shares.at(-1)?.percent}</span></span></>}</td>
      <HealthCells health={t.health} arms={arms} />
      <td>{rollout ? <Link className="rows" href={`/rollouts/${rollout.id}`}><TargetFlags target={t} short running={runningText(rollout)} /></Link> : <TargetFlags target={t} short />}{!stale && <> <TargetAge target={t} /></>}{!old && !t.held && !t.openRollout && !t.drift && !t.hold && !t.error && <span className="t3">{t.stable ? 'as intended' : 'nothing there yet'}</span>}<HealthLine health={t.health} arms={arms} /></td>
    </>
  )
}

/** What fails or moves is among the first; the healthy rest is drawn when somebody asks for it. Not drawn again by the twenty other answers that the page waits for. */
export const LiveGrid = memo(function LiveGrid({ live, stale }: { live: OverviewView; stale: boolean }) {
  const [isWhole, setIsWhole] = useState(false)
  const whole = useQuery({ ...query(viewOverview, { services: 'all' }), enabled: isWhole })
  const { services, tiers, oldestAsOf, open, counts } = (isWhole && whole.data) || live
  const rolloutOn = new Map(open.map((r) => [r.target.id, r]))
  return (
    <Section title="Live now" stale={stale} note="failing and moving first; no mark means healthy" end={<><span className="small t3"><span className="arm">stable</span> &ensp; <span className="arm ca">candidate</span></span><HealthAge targets={services.flatMap((s) => s.production ?? [])} stale={stale} /><Stamp asOf={oldestAsOf} stale={stale} /></>}>
      {services.length === 0 ? <Empty>No application yet. An admin applies a blueprint by the API: POST /api/v1/blueprints/apply.</Empty> : (
        <table className="tbl live">
          <thead><tr><th scope="col">Service</th>{tiers.map((tier) => <th scope="col" key={tier} className="hide-phone">{tierNames[tier]}</th>)}<th scope="col">Production</th><th scope="col" className="hide-phone">Revision</th><th scope="col" className="hide-phone w-40">Split</th><th scope="col" className="hide-phone num">Errors</th><th scope="col" className="hide-phone num">p95</th><th scope="col">State</th></tr></thead>
          <tbody>
            {services.map((r) => (
              <tr key={`${r.application.slug} ${r.service} ${r.production?.id ?? ''}`}>
                <th scope="row"><Link className="b" href={`/applications/${r.application.slug}`}>{r.application.title}</Link> {r.service}</th>
                {tiers.map((tier) => <td key={tier} className="hide-phone"><Earlier targets={r[tier]} /></td>)}
                {r.production ? <Production t={r.production} rollout={rolloutOn.get(r.production.id)} stale={stale} /> : <><td className="t3">–</td><td className="hide-phone" /><td className="hide-phone" /><td className="hide-phone" colSpan={2} /><td /></>}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {whole.error && <Unreadable read={whole} />}
      {live.services.length < counts.services && <p className="mt"><Button onPress={() => setIsWhole(!isWhole)} requested={isWhole && whole.isPending ? 'Reading' : undefined}>{isWhole && whole.data ? 'Show fewer' : `Show all ${counts.services} services`}</Button></p>}
    </Section>
  )
})
