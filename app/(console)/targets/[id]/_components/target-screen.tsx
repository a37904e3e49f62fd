'use client'
import Link from 'next/link'
import { useApplicationTitle } from '#components/applications/title.tsx'
import { Events } from '#components/audit/events.tsx'
import { ReadLiveNow } from '#components/targets/read-now.tsx'
import { TargetFlags } from '#components/targets/flags.tsx'
import { Rollback } from '#components/targets/rollback.tsx'
import { Unread } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { useStale } from '#components/live/use-stale.ts'
import { CopyLine } from '#components/ui/copy-line.tsx'
import { sentence } from '#components/ui/format.ts'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Strip } from '#components/ui/strip.tsx'
import { to } from '#components/ui/route.ts'
import { type TargetView, viewTarget } from '#lib/targets/contract.ts'
import { Config } from './config.tsx'
import { DriftQuestion } from './drift-question.tsx'
import { HoldPanel } from './hold-panel.tsx'
import { Measured } from './measured.tsx'
import { PastVerdicts } from './past-verdicts.tsx'
import { Readiness } from './readiness.tsx'
import { RecentRollouts } from './recent-rollouts.tsx'
import { Revisions } from './revisions.tsx'
import { SplitEditor } from './split-editor.tsx'
import { TargetAnswer } from './target-answer.tsx'

export function TargetScreen({ id }: { id: string }) {
  const read = useLiveQuery(viewTarget, { id })
  return read.data ? <Screen target={read.data} /> : <Unread read={read} title="Target" />
}

function Screen({ target: t }: { target: TargetView }) {
  const stale = useStale(t.asOf, t.staleAfterSeconds)
  const application = useApplicationTitle(t.application)
  return (
    <>
      <Bar crumbs={[{ text: application, href: to(`/applications/${t.application}`) }, { text: `${t.service} in ${t.environment}` }]} end={<Stamp asOf={t.asOf} live stale={stale && t.asOf !== null} />} />
      <Head title={`${application} ${t.service} in ${t.environment}`} mark={<TargetFlags target={t} />} actions={<Rollback targetId={t.id} look={t.openRollout || t.drift || t.hold ? 'default' : 'primary'} described={false} />}>
        <p>Cloud Run <span className="mono">{t.locator}</span>{t.live?.uri && <> · <a className="link" href={t.live.uri} rel="noreferrer">its URL</a></>}</p>
      </Head>
      {stale && <Strip kind="stale" word="Stale" action={<ReadLiveNow targetId={t.id} />}>This was read more than {t.staleAfterSeconds} s ago{t.error ? <>: {sentence(t.error)}</> : '.'} Actions are off until it is read again; Roll back reads by itself first.</Strip>}
      {!stale && t.error && <Strip kind="error" word="Cannot read live" action={<ReadLiveNow targetId={t.id} />}>{t.error}</Strip>}
      {t.openRollout && <Strip kind={t.held ? 'held' : 'running'} word={t.held ? 'Held' : 'Rollout running'}>A rollout owns this target. <Link className="link" href={`/rollouts/${t.openRollout}`}>Open the rollout</Link></Strip>}
      <div className="cols">
        <div>
          {t.drift && !t.openRollout ? <DriftQuestion target={t} stale={stale} /> : <TargetAnswer target={t} stale={stale} />}
          <Measured targetId={t.id} />
          <PastVerdicts targetId={t.id} />
          <Revisions target={t} stale={stale} />
          {t.live && !t.openRollout && <SplitEditor target={t} live={t.live} stale={stale} />}
          {t.live && <Config config={t.live.config} asOf={t.live.asOf} stale={stale} />}
          <Events subject={`target:${t.id}`} limit={20} />
        </div>
        <aside aria-label="Rollback readiness and hold">
          <Readiness target={t} stale={stale} />
          {t.hold && <HoldPanel target={t} hold={t.hold} stale={stale} />}
          <RecentRollouts target={t} />
          {t.gcloud && <Section title="Without Sluice" note="the same way back"><CopyLine text={t.gcloud} label="The rollback as a gcloud line" /></Section>}
        </aside>
      </div>
    </>
  )
}
