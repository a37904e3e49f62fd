'use client'
import Link from 'next/link'
import { useApplicationTitle } from '#components/applications/title.tsx'
import { Events } from '#components/audit/events.tsx'
import { AgainstStable } from '#components/evidence/against-stable.tsx'
import { Unread } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { readLimitSeconds, useStale } from '#components/live/use-stale.ts'
import { splitWords } from '#components/rollouts/split-words.ts'
import { RolloutMark } from '#components/rollouts/state.tsx'
import { rolloutTitle } from '#components/rollouts/title.ts'
import { useRolloutActions } from '#components/rollouts/use-rollout-actions.tsx'
import { ReadLiveNow } from '#components/targets/read-now.tsx'
import { CopyLine } from '#components/ui/copy-line.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Strip } from '#components/ui/strip.tsx'
import { At } from '#components/ui/time.tsx'
import { to } from '#components/ui/route.ts'
import { type RolloutView, viewRollout } from '#lib/rollouts/contract.ts'
import { isEnd } from '#lib/rollouts/state.ts'
import { ActionPanel } from './action-panel.tsx'
import { ByArm } from './by-arm.tsx'
import { Evidence } from './evidence.tsx'
import { HeldQuestion } from './held-question.tsx'
import { RollbackClock } from './rollback-clock.tsx'
import { RolloutAnswer } from './rollout-answer.tsx'
import { RolloutSteps } from './rollout-steps.tsx'
import { Rules } from './rules.tsx'
import { StepApprovals } from './step-approvals.tsx'
import { SplitPanel } from './split-panel.tsx'
import { TakeBack } from './take-back.tsx'
import { useSplitRead } from './use-split-read.ts'

export function RolloutScreen({ id }: { id: string }) {
  const read = useLiveQuery(viewRollout, { id })
  return read.data ? <Screen rollout={read.data} /> : <Unread read={read} title="Rollout" />
}

function Screen({ rollout }: { rollout: RolloutView }) {
  const { asOf, found, error } = useSplitRead(rollout)
  const r = { ...rollout, split: { ...rollout.split, asOf } }
  const application = useApplicationTitle(r.target.application)
  const open = !isEnd(r.state)
  const stale = useStale(asOf, readLimitSeconds.moving) && open && asOf !== null
  const actions = useRolloutActions(r, stale)
  const detail = open && r.stepCount > 0 && r.state !== 'pending' ? `step ${Math.min(r.stepIndex + 1, r.stepCount)} of ${r.stepCount}` : undefined
  return (
    <>
      <Bar
        crumbs={[{ text: application, href: to(`/applications/${r.target.application}`) }, { text: `${r.target.service} in ${r.target.environment}`, href: to(`/targets/${r.target.id}`) }, { text: 'Rollout' }]}
        end={<Stamp asOf={r.split.asOf} live={open} stale={stale} />}
      />
      <Head title={rolloutTitle(r)} mark={<RolloutMark state={r.state} detail={detail} />}>
        <p>
          {r.startedAt ? <>Started <At iso={r.startedAt} seconds /></> : <>Asked for <At iso={r.createdAt} seconds /></>} by {r.createdBy}
          {r.promotion && <> from <Link className="link" href={`/promotions/${r.promotion}`}>its promotion</Link></>}
          {r.release && <>, {r.kind === 'rollback' ? 'leaving' : 'release'} <Link className="link" href={`/releases/${r.release.id}`}>{r.release.version}</Link></>}
          {r.plan.steps.length > 0 && <>, strategy {r.plan.strategy}</>}. {r.target.service}: <span className="mono">{r.target.locator}</span>
        </p>
      </Head>
      {stale && (
        <Strip kind="stale" word="Stale" action={<ReadLiveNow targetId={r.target.id} />}>
          The split was read more than {readLimitSeconds.moving} s ago{error && <>: {error}</>}. {found && <>Live was read since and is {splitWords(found)}; the rollout has still to look. </>}What leads away from stable is off until it is read again; what leads back stays open.
        </Strip>
      )}
      <TakeBack rollout={r} actions={actions} stale={stale} />
      <div className="cols">
        <div>
          {r.state === 'held' ? <HeldQuestion rollout={r} actions={actions} stale={stale} /> : <RolloutAnswer rollout={r} />}
          <RollbackClock rollout={r} />
          <SplitPanel rollout={r} stale={stale} />
          <Evidence rollout={r} />
          <Rules rollout={r} />
          {r.plan.analysis.rules.some((rule) => rule.kind === 'compare') && <AgainstStable rollout={r.id} />}
          <ByArm rollout={r} />
          <StepApprovals rollout={r} />
          <Events subject={`rollout:${r.id}`} />
        </div>
        <aside aria-label="Actions and steps">
          <ActionPanel rollout={r} actions={actions} stale={stale} />
          {r.steps.length > 0 && <RolloutSteps rollout={r} />}
          <Section title="Without Sluice" note="the same way back"><CopyLine text={r.gcloud} label="The way back as a gcloud line" /></Section>
        </aside>
      </div>
      {actions.dialog}
    </>
  )
}
