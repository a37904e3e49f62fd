'use client'
import { useQueries } from '@tanstack/react-query'
import Link from 'next/link'
import { logItem } from '#components/audit/events.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { RunningList } from '#components/rollouts/running-list.tsx'
import { useNowMs } from '#components/ui/clock.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { LinkButton } from '#components/ui/link-button.tsx'
import { Log } from '#components/ui/log.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { type ApplicationView, listApplications } from '#lib/applications/contract.ts'
import { listAudit } from '#lib/audit/contract.ts'
import { query } from '#lib/platform/client.ts'
import { listPromotions, viewPromotion } from '#lib/promotions/contract.ts'
import { listRollouts } from '#lib/rollouts/contract.ts'
import { LiveGrid } from './live-grid.tsx'
import { needsOf } from './needs.ts'
import { NeedsList } from './needs-list.tsx'
import { activityInput, endedBadly, openRollouts, unreviewedOverrides } from './overview-reads.ts'

/** Asked one by one for "can I?"; more than these wait only where nobody looks at them. */
const viewsAtMost = 20

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`
const targetsOf = (applications: readonly ApplicationView[]) => applications.flatMap((a) => a.environments.flatMap((e) => e.targets))

function summary(applications: readonly ApplicationView[], inFlight: number): string {
  const targets = targetsOf(applications)
  const extra = [[targets.filter((t) => t.drift).length, 'drifted'], [targets.filter((t) => t.hold).length, 'with a release on hold'], [targets.filter((t) => t.error).length, 'unreadable']].filter(([n]) => n !== 0).map(([n, word]) => `${n} ${word}`)
  return `${count(inFlight, 'rollout', 'rollouts')} in flight. ${count(targets.length, 'target', 'targets')} in ${count(applications.length, 'application', 'applications')}${extra.length > 0 ? `: ${extra.join(', ')}` : ''}.`
}

function usePromotionsWaiting() {
  const pending = useLiveQuery(listPromotions, { state: 'pending' }).data?.items ?? []
  const ready = useLiveQuery(listPromotions, { state: 'ready' }).data?.items ?? []
  const waiting = [...ready, ...pending]
  const views = useQueries({ queries: waiting.slice(0, viewsAtMost).map((p) => query(viewPromotion, { id: p.id })) })
  return { waiting, views: new Map(views.flatMap((v) => (v.data ? [[v.data.id, v.data] as const] : []))) }
}

export function OverviewScreen() {
  const applicationsRead = useLiveQuery(listApplications, {})
  const rolloutsRead = useLiveQuery(listRollouts, openRollouts)
  const bad = useLiveQuery(listRollouts, endedBadly).data?.items ?? []
  const overridden = useLiveQuery(listPromotions, unreviewedOverrides).data?.items ?? []
  const activity = useLiveQuery(listAudit, activityInput)
  const { waiting, views } = usePromotionsWaiting()
  const nowMs = useNowMs(60_000)
  const applications = applicationsRead.data?.items ?? []
  const open = rolloutsRead.data?.items ?? []
  const needs = needsOf({ applications, open, bad, promotions: waiting, overridden, views, nowMs })
  const moving = open.filter((r) => r.state !== 'held' && r.state !== 'paused')
  const failed = applicationsRead.error ? applicationsRead : rolloutsRead.error ? rolloutsRead : null
  return (
    <>
      <Bar crumbs={[{ text: 'Overview' }]} />
      <Head title={needs.length === 0 ? 'Nothing needs you' : `${count(needs.length, 'thing needs', 'things need')} you`} actions={<LinkButton href="/releases" icon="promote">Promote a release</LinkButton>}>
        <p>{summary(applications, open.length)}</p>
      </Head>
      {failed && <Unreadable read={failed} />}
      <NeedsList needs={needs} />
      {moving.length > 0 && <RunningList rollouts={moving} />}
      {applicationsRead.data ? <LiveGrid applications={applications} open={open} /> : !failed && <Skeleton rows={6} />}
      <Section title="Recent activity" end={<Link className="rows small t2" href="/audit">Audit</Link>}>
        {activity.data ? activity.data.items.length > 0 ? <Log items={activity.data.items.map((e) => logItem(e, true))} /> : <Empty>Nothing happened yet.</Empty> : activity.error ? <Unreadable read={activity} /> : <Skeleton />}
      </Section>
    </>
  )
}
