'use client'
import { useQueries } from '@tanstack/react-query'
import Link from 'next/link'
import { useState } from 'react'
import { useTitles } from '#components/applications/title.tsx'
import { StaleStrip, useAge } from '#components/live/age.tsx'
import { Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { RunningList } from '#components/rollouts/running-list.tsx'
import { useNowMs } from '#components/ui/clock.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { LinkButton } from '#components/ui/link-button.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Log } from '#components/ui/log.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Ago } from '#components/ui/time.tsx'
import { viewMe } from '#lib/access/contract.ts'
import { type OverviewView, viewOverview, type WaitingPromotion } from '#lib/overview/contract.ts'
import { query } from '#lib/platform/client.ts'
import { viewPromotion } from '#lib/promotions/contract.ts'
import { viewRollout } from '#lib/rollouts/contract.ts'
import { Activity } from './activity.tsx'
import { comingUp } from './coming-up.ts'
import { Guide } from './guide.tsx'
import { LiveGrid } from './live-grid.tsx'
import { needsOf } from './needs.ts'
import { NeedsList } from './needs-list.tsx'

/** Asked one by one for when they end. */
const plansAtMost = 5
/** The newest; the others are one press away. */
const movingAtFirst = 8
/** Asked one by one for "can I?"; more than these wait only where nobody looks at them. */
const viewsAtMost = 20

const count = (n: number, one: string, many: string) => `${n} ${n === 1 ? one : many}`
function summary({ counts }: OverviewView): string {
  const extra = ([[counts.drifted, 'drifted'], [counts.onHold, 'with a release on hold'], [counts.unreadable, 'unreadable']] as const).filter(([n]) => n !== 0).map(([n, word]) => `${n} ${word}`)
  return `${count(counts.open, 'rollout', 'rollouts')} under way. ${count(counts.targets, 'target', 'targets')} in ${count(counts.applications, 'application', 'applications')}${extra.length > 0 ? `: ${extra.join(', ')}` : ''}.`
}

function usePromotions(read: readonly WaitingPromotion[]) {
  const promotions = [...read.filter((p) => p.state === 'ready'), ...read.filter((p) => p.state === 'pending')]
  const views = useQueries({ queries: promotions.slice(0, viewsAtMost).map((p) => query(viewPromotion, { id: p.id })) })
  return { promotions, views: new Map(views.flatMap((v) => (v.data ? [[v.data.id, v.data] as const] : []))) }
}

const nothing: Pick<OverviewView, 'open' | 'ended' | 'drifted' | 'waiting' | 'overridden'> = { open: [], ended: [], drifted: [], waiting: [], overridden: [] }

export function OverviewScreen({ guide, reopened }: { guide: boolean; reopened: boolean }) {
  const [hasGuide, setHasGuide] = useState(guide)
  const read = useLiveQuery(viewOverview, {})
  const { open, ended, drifted, waiting, overridden } = read.data ?? nothing
  const { promotions, views } = usePromotions(waiting)
  const me = useLiveQuery(viewMe, {}).data ?? null
  const title = useTitles()
  const nowMs = useNowMs(60_000)
  const needs = needsOf({ title, open, ended, drifted, promotions, overridden, views, me, nowMs })
  const moving = open.filter((r) => r.state !== 'held' && r.state !== 'paused')
  const planReads = useQueries({ queries: moving.slice(0, plansAtMost).map((r) => query(viewRollout, { id: r.id })) })
  const plans = planReads.flatMap((q) => (q.data ? [q.data] : []))
  const notAsked = moving.length - plansAtMost
  const coming = comingUp({ title, rollouts: plans, promotions, nowMs })
  const age = useAge(read)
  const { asOf, stale } = age
  return (
    <>
      <Bar crumbs={[{ text: 'Overview' }]} end={asOf && <Stamp asOf={asOf} live stale={stale} />} />
      <Head title={!read.data ? 'Overview' : needs.length === 0 ? 'Nothing needs you' : `${count(needs.length, 'thing needs', 'things need')} you`} actions={<LinkButton href="/releases" icon="promote" className="hide-phone">Promote a release</LinkButton>}>
        {read.data && <p>{summary(read.data)}</p>}
      </Head>
      <StaleStrip age={age}>Something else may need you by now. Each page reads before it lets you act.</StaleStrip>
      {read.error && !stale && <Unreadable read={read} />}
      <div className={stale ? 'secs is-stale' : 'secs'}>
        {read.data && <NeedsList needs={needs} />}
        {moving.length > 0 && <RunningList rollouts={moving.slice(0, movingAtFirst)} all={read.data?.counts.open ?? 0} />}
      </div>
      {hasGuide && <Guide reopened={reopened} onAway={() => setHasGuide(false)} />}
      {read.data ? <LiveGrid live={read.data} stale={stale} /> : !read.error && <Skeleton rows={6} />}
      <div className="half">
      <Section title="Recent activity" end={<Link className="rows small t2" href="/audit">Audit</Link>}>
        {read.data ? read.data.activity.length > 0 ? <Activity events={read.data.activity} /> : <Empty>Nothing happened yet.</Empty> : !read.error && <Skeleton />}
      </Section>
      <Section title="Coming up" note="by itself">
        {coming.length > 0 ? <Log items={coming.map((c) => ({ key: c.key, at: c.at, by: <Ago iso={c.at} />, text: <><Link className="b" href={c.href}>{c.what}</Link>: {c.text}</> }))} /> : !read.data || planReads.some((q) => q.isPending) ? !read.error && <Skeleton /> : planReads.length > plans.length ? null : <Empty>Nothing is planned: no rollout is on its way and no deadline runs.</Empty>}
        {planReads.some((q) => q.isError && !q.data) && <p className="small t2">What comes of {count(planReads.length - plans.length, 'rollout', 'rollouts')} could not be read.</p>}
        {notAsked > 0 && <p className="small t2">And of {count(notAsked, 'more rollout', 'more rollouts')}, on their pages.</p>}
      </Section>
      </div>
    </>
  )
}
