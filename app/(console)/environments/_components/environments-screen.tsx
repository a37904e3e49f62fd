'use client'
import Link from 'next/link'
import { entryText } from '#components/environments/words.ts'
import { EnvironmentGraph } from '#components/environments/graph.tsx'
import { StaleStrip, useAge } from '#components/live/age.tsx'
import { FilterSeg, Pages, useFilters } from '#components/live/list-screen.tsx'
import { Unread } from '#components/live/panel.tsx'
import { useLiveQuery } from '#components/live/use-live-query.ts'
import { namedAtMost, useFrame } from '#components/shell/use-frame.ts'
import { Answer } from '#components/ui/answer.tsx'
import { Empty } from '#components/ui/empty.tsx'
import type { MarkKind } from '#components/ui/mark.tsx'
import { Bar, Head } from '#components/ui/page-head.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { to } from '#components/ui/route.ts'
import { type ApplicationEnvironments, listEnvironments } from '#lib/environments/contract.ts'
import { countText } from '#lib/platform/words.ts'
import { EnvironmentSection } from './environment-section.tsx'

export function EnvironmentsScreen() {
  const filters = useFilters()
  const application = filters.get('application')
  const cursor = filters.get('cursor')
  const read = useLiveQuery(listEnvironments, { ...(application && { application }), ...(cursor && { cursor }) })
  const { applications } = useFrame()
  const age = useAge(read)
  if (!read.data) return <Unread read={read} title="Environments" />
  const { items } = read.data
  return (
    <>
      <Bar crumbs={[{ text: 'Environments' }]} end={<Stamp asOf={age.asOf} live stale={age.stale} />} />
      <Head title="Environments"><p>Where releases go, in which order, and what each place asks for before it lets one in.</p></Head>
      <StaleStrip age={age}>Rules and what is live may be others by now.</StaleStrip>
      <Said items={items} chosen={application !== undefined} stale={age.stale} />
      <div className="row-f mt"><FilterSeg filters={filters} name="application" label="Application" options={[{ value: undefined, text: 'All applications' }, ...applications.slice(0, namedAtMost).map((a) => ({ value: a.slug, text: a.title }))]} /></div>
      {items.length === 0 && <Empty>No application yet. An admin adds one by applying a blueprint: its environments come with it.</Empty>}
      {items.map((a) => (
        <Section key={a.application} title={a.title} className="mt-4" stale={age.stale} note={a.retired ? 'retired: read-only' : 'what feeds what'} end={<Link className="rows small t2" href={`/applications/${a.application}?tab=blueprint`}>Blueprint</Link>}>
          <EnvironmentGraph label={`Environments of ${a.title}`} environments={a.environments} link={(slug) => to(`/environments?application=${a.application}#${slug}`)} />
        </Section>
      ))}
      {application && items[0]?.environments.map((e) => <EnvironmentSection key={e.slug} environment={e} stale={age.stale} />)}
      <Pages filters={filters} nextCursor={read.data.nextCursor} />
    </>
  )
}

const targetsOf = (items: readonly ApplicationEnvironments[]) => items.flatMap((a) => a.environments.flatMap((e) => e.targets))

/** For one application how a release reaches the end of its graph; for all of them how many need a look. */
function Said({ items, chosen, stale }: { items: readonly ApplicationEnvironments[]; chosen: boolean; stale: boolean }) {
  const targets = targetsOf(items)
  const held = targets.filter((t) => t.held || t.drift).length
  const moving = targets.filter((t) => t.openRollout).length
  const [kind, word]: [MarkKind, string] = stale ? ['stale', 'Stale'] : held > 0 ? ['held', 'Asks a person'] : moving > 0 ? ['running', 'Under way'] : ['pass', 'At rest']
  const one = chosen ? items[0] : undefined
  const last = one?.environments.filter((e) => e.feeds.length === 0).at(-1)
  if (last) return <Answer kind={kind} word={word}>A release of {one?.title} reaches {last.slug} {entryText(last)}.</Answer>
  const waits = held > 0 ? `${countText(held, 'target asks', 'targets ask')} for a person` : 'no target asks for a person'
  return <Answer kind={kind} word={word}>{countText(items.reduce((n, a) => n + a.environments.length, 0), 'environment')} of {countText(items.length, 'application')}; {waits}, {moving === 0 ? 'nothing rolls out' : `${countText(moving, 'rollout')} under way`}.</Answer>
}
