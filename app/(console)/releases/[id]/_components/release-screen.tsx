'use client'
import { Undo } from '#components/actions/undo.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { Events } from '#components/audit/events.tsx'
import { StaleStrip, useAge } from '#components/live/age.tsx'
import { Unread, Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { ReleaseMark } from '#components/releases/state.tsx'
import { Skeleton } from '#components/ui/empty.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Strip } from '#components/ui/strip.tsx'
import { At } from '#components/ui/time.tsx'
import { to } from '#components/ui/route.ts'
import { viewApplication } from '#lib/applications/contract.ts'
import { type ReleaseView, unvetoRelease, viewRelease } from '#lib/releases/contract.ts'
import { Artifacts } from './artifacts.tsx'
import { Evidence } from './evidence.tsx'
import { PromoteTo } from './promote-to.tsx'
import { ReleaseChanges } from './release-changes.tsx'

export function ReleaseScreen({ id }: { id: string }) {
  const read = useLiveQuery(viewRelease, { id })
  return read.data ? <Screen release={read.data} read={read} /> : <Unread read={read} title="Release" />
}

function Screen({ release: r, read }: { release: ReleaseView; read: { data: unknown; dataUpdatedAt: number } }) {
  const unveto = useWrite(unvetoRelease)
  const application = useLiveQuery(viewApplication, { app: r.application })
  const age = useAge(read, ...(application.data ? [application] : []))
  return (
    <>
      <Bar crumbs={[{ text: application.data?.title ?? r.application, href: to(`/applications/${r.application}`) }, { text: 'Releases', href: to(`/releases?application=${r.application}`) }, { text: r.version }]} end={age.asOf && <Stamp asOf={age.asOf} stale={age.stale} />} />
      <Head title={`Release ${r.version}`} mark={r.state !== 'active' && <ReleaseMark release={r} />}>
        <p>{application.data?.title ?? r.application}. Commit <span className="mono">{r.commit}</span>{r.author && <> by {r.author}</>}. Made by {r.createdBy} at <At iso={r.createdAt} />.</p>
      </Head>
      <StaleStrip age={age}>It may be live elsewhere, on hold or withdrawn by now. Promoting and withdrawing are off until it is read again.</StaleStrip>
      {r.state !== 'active' && <Strip kind={r.state === 'vetoed' ? 'fail' : 'skipped'} word={r.state === 'vetoed' ? 'Vetoed' : 'Abandoned'}>{r.stateReason ?? 'No reason was given'}. No start ships it.</Strip>}
      <Undo act={`veto ${r.id}`} word="Vetoed" label="Take the veto back" allowed={r.state === 'vetoed'} onUndo={(key) => unveto({ id: r.id, reason: 'Undo of the veto just given' }, key)}>Rollouts that were held for it go on only when a person says so.</Undo>
      {r.warnings.map((w) => <Strip key={w} kind="held" word="Warning">{w}</Strip>)}
      <div className="cols">
        <div>
          <Section title="Environments" note="where it is, and where it may go" className="p-first" stale={age.stale}>
            {application.data ? <PromoteTo release={r} environments={application.data.environments} closed={age.closed} /> : application.error ? <Unreadable read={application} /> : <Skeleton />}
          </Section>
          <Artifacts release={r} />
          {r.notes && <Section title="Notes"><p className="notes-text">{r.notes}</p></Section>}
          <Events subject={`release:${r.id}`} limit={20} />
        </div>
        <aside aria-label="Evidence and withdrawal">
          <Evidence release={r} />
          <ReleaseChanges release={r} closed={age.closed} />
        </aside>
      </div>
    </>
  )
}
