'use client'
import Link from 'next/link'
import { useApplicationTitle } from '#components/applications/title.tsx'
import { ActionDialog } from '#components/actions/action-dialog.tsx'
import { Events } from '#components/audit/events.tsx'
import { Unread } from '#components/live/panel.tsx'
import { ReadNow } from '#components/live/read-now.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { readLimitSeconds, tooOld, useStale } from '#components/live/use-stale.ts'
import { ApprovalLog } from '#components/promotions/approval-log.tsx'
import { ChangeDiff } from '#components/promotions/change-diff.tsx'
import { Gates } from '#components/promotions/gates.tsx'
import { readingOf } from '#components/promotions/reading.ts'
import { PromotionMark, promotionMark } from '#components/promotions/state.tsx'
import { Answer } from '#components/ui/answer.tsx'
import { Empty } from '#components/ui/empty.tsx'
import { sentence } from '#components/ui/format.ts'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Strip } from '#components/ui/strip.tsx'
import { At } from '#components/ui/time.tsx'
import { to } from '#components/ui/route.ts'
import { type PromotionView, viewPromotion } from '#lib/promotions/contract.ts'
import { BindsTo } from './binds-to.tsx'
import { HowItGoes } from './how-it-goes.tsx'
import { Decisions } from './decisions.tsx'
import { IfItGoesWrong } from './if-it-goes-wrong.tsx'
import { PromotionRollouts } from './promotion-rollouts.tsx'
import { ReReadStrip } from './re-read-strip.tsx'
import { OverrideStrip } from './override-strip.tsx'
import { TakeBack } from './take-back.tsx'
import { usePromotionActions } from './use-promotion-actions.tsx'
import { useReading } from './use-reading.ts'

export function PromotionScreen({ id }: { id: string }) {
  const read = useLiveQuery(viewPromotion, { id })
  return read.data ? <Screen promotion={read.data} /> : <Unread read={read} title="Promotion" />
}

const gatesText = (p: PromotionView) => (p.state === 'pending' && p.gates.length > 0 ? `${p.gates.filter((g) => g.state === 'met' || g.state === 'overridden').length} of ${p.gates.length} gates met` : undefined)

/** What the reader is waited for, where it is they. */
const yourTurn = (p: PromotionView): string | null => {
  const open = p.actions.filter((a) => a.allowed).map((a) => a.action)
  return open.includes('start') ? 'You can start it.' : open.includes('approve') ? 'You can approve it.' : null
}

/** What keeps it from starting besides its gates, which have their own panel. */
const beyondGates = (p: PromotionView) => p.unmet.filter((u) => !p.gates.some((g) => g.unmet.some((x) => x.code === u.code && x.message === u.message)))

function Screen({ promotion: p }: { promotion: PromotionView }) {
  const reading = useReading(p)
  const old = useStale(p.now, readLimitSeconds.moving)
  const application = useApplicationTitle(p.application)
  const actions = usePromotionActions(p)
  const [kind, word] = promotionMark(p.state)
  const { waits, plan, changes, gates } = readingOf(p)
  const stale = waits && old
  const closed = waits ? [...(reading.changed ? [{ message: reading.changed }] : []), ...(stale ? [tooOld] : [])] : []
  return (
    <>
      <Bar crumbs={[{ text: application, href: to(`/applications/${p.application}`) }, { text: 'Promotions', href: '/promotions' }, { text: `${p.release.version} to ${p.environment}` }]} end={<Stamp {...plan} stale={stale} />} />
      <Head title={`${application} ${p.release.version} to ${p.environment}`} mark={<PromotionMark state={p.state} detail={gatesText(p)} />} actions={waits && <Decisions only={['reject', 'start', 'approve']} promotion={p} closed={closed} actions={actions} />}>
        <p>
          Asked for by {p.requestedBy} at <At iso={p.createdAt} />{p.reason && <>: “{p.reason}”</>}. Release <Link className="link" href={`/releases/${p.release.id}`}>{p.release.version}</Link>, commit <span className="mono">{p.release.commit.slice(0, 12)}</span>{p.release.author && <> by {p.release.author}</>}.
        </p>
      </Head>
      {stale && <Strip kind="stale" word="Stale" action={<ReadNow />}>This was read more than {readLimitSeconds.moving} s ago. What lets it go on is off until it is read again; rejecting and cancelling stay open.</Strip>}
      {waits && reading.changed && <ReReadStrip text={reading.changed} onRead={reading.accept} />}
      <TakeBack promotion={p} actions={actions} />
      <OverrideStrip promotion={p} />
      {p.supersededBy && <Strip kind="skipped" word="Superseded">A newer promotion took its place. <Link className="link" href={`/promotions/${p.supersededBy}`}>Open it</Link></Strip>}
      <div className="cols">
        <div>
          <Answer kind={kind} word={`${word}.`} below={<Reasons reasons={waits ? beyondGates(p) : []} />}>{sentence(p.headline)}{p.endReason && !p.headline.includes(p.endReason) && <span className="t2"> {sentence(p.endReason)}</span>}{waits && closed.length === 0 && yourTurn(p) && <b> {yourTurn(p)}</b>}</Answer>
          {p.rolloutStates.length > 0 && <PromotionRollouts rollouts={p.rolloutStates} />}
          <Section title="What changes" note={changes} stale={stale} end={<Stamp asOf={plan.asOf} stale={stale} />}>
            {p.plan.targets.length > 0 ? <ChangeDiff targets={p.plan.targets} isLive={waits} /> : <Empty>This release brings nothing to {p.environment}: none of its services has a target there.</Empty>}
            {p.plan.stays.length > 0 && <p className="small t2 mt">Stays as it is: {p.plan.stays.join(', ')}.</p>}
          </Section>
          <HowItGoes promotion={p} waits={waits} />
          <Events subject={`promotion:${p.id}`} />
        </div>
        <aside aria-label="Gates and what an approval binds to">
          <Section title={waits ? 'Why it cannot start yet' : 'Gates'} className="p-first" stale={stale} end={gates.asOf && <Stamp {...gates} stale={stale} />}>
            {p.gates.length > 0 ? <Gates gates={p.gates} /> : <Empty>Nothing has to be approved in {p.environment}: it has no gate.</Empty>}
            {waits && <p className="small t3">{p.start === 'auto' ? 'When all are met it starts by itself.' : 'When all are met a person starts it.'}</p>}
            {waits && <div className="acts-more"><Decisions only={['withdraw', 'cancel', 'override']} promotion={p} closed={closed} actions={actions} /></div>}
          </Section>
          {p.approvals.length > 0 && <Section title="Approvals" className="p-second"><ApprovalLog approvals={p.approvals} contentHash={p.contentHash} /></Section>}
          <IfItGoesWrong plan={p.plan} isLive={waits} />
          <BindsTo promotion={p} />
        </aside>
      </div>
      <ActionDialog ask={actions.dialog} onClose={actions.close} blocked={actions.asksToGoOn && closed.length > 0 && <Reasons reasons={closed} />} />
    </>
  )
}
