'use client'
import Link from 'next/link'
import { type Age, StaleStrip, useAge } from '#components/live/age.tsx'
import { useFilters } from '#components/live/list-screen.tsx'
import { Unread, Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { promotionColumns } from '#components/promotions/promotion-table.tsx'
import { releaseColumnsOfOne } from '#components/releases/release-table.tsx'
import { DataTable } from '#components/table/data-table.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { LinkButton } from '#components/ui/link-button.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { Tabs } from '#components/ui/tabs.tsx'
import { type ApplicationView, viewApplication } from '#lib/applications/contract.ts'
import { listPromotions } from '#lib/promotions/contract.ts'
import { listReleases } from '#lib/releases/contract.ts'
import { BlueprintTab } from './blueprint-tab.tsx'
import { Pipeline } from './pipeline.tsx'
import { TargetsTab } from './targets-tab.tsx'
import { applicationTabs, type ApplicationTab } from './tabs.ts'

const words = { pipeline: 'Pipeline', releases: 'Releases', targets: 'Targets', blueprint: 'Blueprint' } satisfies Record<ApplicationTab, string>

const listed = (names: readonly string[]) => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`)

export function ApplicationScreen({ app, tab }: { app: string; tab: ApplicationTab }) {
  const filters = useFilters()
  const read = useLiveQuery(viewApplication, { app })
  const age = useAge(read)
  const a = read.data
  if (!a) return <Unread read={read} title={app} />
  return (
    <>
      <Bar crumbs={[{ text: 'Applications', href: '/applications' }, { text: a.title }]} end={<Stamp asOf={age.asOf} live stale={age.stale} />} />
      <Head title={a.title} actions={<LinkButton href={`/releases/new?application=${a.slug}`} icon="release">New release</LinkButton>}>
        <p>Owned by {a.owner}. {a.services.length === 1 ? 'Service' : 'Services'} {listed(a.services.map((s) => s.slug))} in {listed(a.environments.map((e) => e.slug))}.{a.retiredAt && ' Retired: read-only.'}</p>
      </Head>
      <StaleStrip age={age}>Nothing is applied from here until it is read again; each target's page reads before it lets you act.</StaleStrip>
      <Tabs label={`Parts of ${a.title}`} tabs={applicationTabs.map((t) => ({ text: words[t], current: t === tab, href: filters.href({ tab: t === 'pipeline' ? undefined : t, cursor: undefined }), count: t === 'targets' ? a.environments.flatMap((e) => e.targets).length : undefined }))} />
      <Part application={a} tab={tab} age={age} />
    </>
  )
}

function Part({ application: a, tab, age }: { application: ApplicationView; tab: ApplicationTab; age: Age }) {
  switch (tab) {
    case 'pipeline':
      return <PipelineTab application={a} stale={age.stale} />
    case 'releases':
      return <ReleasesTab app={a.slug} stale={age.stale} />
    case 'targets':
      return <TargetsTab application={a} stale={age.stale} />
    case 'blueprint':
      return <BlueprintTab app={a.slug} />
  }
}

const oldestOf = (a: ApplicationView): string | null => a.environments.flatMap((e) => e.targets.flatMap((t) => t.asOf ?? [])).toSorted()[0] ?? null

function PipelineTab({ application: a, stale }: { application: ApplicationView; stale: boolean }) {
  const promotions = useLiveQuery(listPromotions, { application: a.slug, limit: 10 })
  return (
    <>
      <Section title="Pipeline" note="what each environment serves and asks for" stale={stale} end={<><Link className="rows small t2" href={`/environments?application=${a.slug}`}>Rules in full</Link><Stamp asOf={oldestOf(a)} stale={stale} prefix="Live as of" /></>}><Pipeline application={a} /></Section>
      <Section title="Promotions" stale={stale} end={<Link className="rows small t2" href={`/promotions?application=${a.slug}`}>All</Link>}>
        {promotions.data ? promotions.data.items.length > 0 ? <DataTable label="Promotions" columns={promotionColumns} rows={promotions.data.items} keyOf={(r) => r.id} /> : <Empty>No promotion yet: open a release and ask for one.</Empty> : promotions.error ? <Unreadable read={promotions} /> : <Skeleton />}
      </Section>
    </>
  )
}

function ReleasesTab({ app, stale }: { app: string; stale: boolean }) {
  const releases = useLiveQuery(listReleases, { application: app, limit: 25 })
  return (
    <Section title="Releases" note="newest first" stale={stale} end={<Link className="rows small t2" href={`/releases?application=${app}`}>All</Link>}>
      {releases.data ? releases.data.items.length > 0 ? <DataTable label="Releases" columns={releaseColumnsOfOne} rows={releases.data.items} keyOf={(r) => r.id} /> : <Empty>No release yet. CI makes one by the API, or make one here.</Empty> : releases.error ? <Unreadable read={releases} /> : <Skeleton />}
    </Section>
  )
}
