'use client'
import Link from 'next/link'
import { Unread, Unreadable } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { PromotionTable } from '#components/promotions/promotion-table.tsx'
import { ReleaseTable } from '#components/releases/release-table.tsx'
import { Empty, Skeleton } from '#components/ui/empty.tsx'
import { LinkButton } from '#components/ui/link-button.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { viewApplication } from '#lib/applications/contract.ts'
import { listPromotions } from '#lib/promotions/contract.ts'
import { listReleases } from '#lib/releases/contract.ts'
import { Pipeline } from './pipeline.tsx'

export function ApplicationScreen({ app }: { app: string }) {
  const read = useLiveQuery(viewApplication, { app })
  const releases = useLiveQuery(listReleases, { application: app, limit: 10 })
  const promotions = useLiveQuery(listPromotions, { application: app, limit: 10 })
  const a = read.data
  if (!a) return <Unread read={read} title={app} />
  const oldest = a.environments.flatMap((e) => e.targets.map((t) => t.asOf)).filter((t) => t !== null).sort()[0] ?? null
  return (
    <>
      <Bar crumbs={[{ text: 'Applications', href: '/applications' }, { text: a.title }]} end={<Stamp asOf={oldest} />} />
      <Head title={a.title} actions={<LinkButton href={`/releases/new?application=${a.slug}`} icon="release">New release</LinkButton>}>
        <p>Owned by {a.owner}. {a.services.map((s) => s.slug).join(', ')} in {a.environments.map((e) => e.slug).join(', ')}.{a.retiredAt && ' Retired: read-only.'}</p>
      </Head>
      <Section title="Pipeline" note="what each environment serves and asks for"><Pipeline application={a} /></Section>
      <Section title="Promotions" end={<Link className="rows small t2" href={`/promotions?application=${a.slug}`}>All</Link>}>
        {promotions.data ? promotions.data.items.length > 0 ? <PromotionTable promotions={promotions.data.items} /> : <Empty>No promotion yet: open a release and ask for one.</Empty> : promotions.error ? <Unreadable read={promotions} /> : <Skeleton />}
      </Section>
      <Section title="Releases" end={<Link className="rows small t2" href={`/releases?application=${a.slug}`}>All</Link>}>
        {releases.data ? releases.data.items.length > 0 ? <ReleaseTable releases={releases.data.items} /> : <Empty>No release yet. CI makes one by the API, or make one here.</Empty> : releases.error ? <Unreadable read={releases} /> : <Skeleton />}
      </Section>
    </>
  )
}
