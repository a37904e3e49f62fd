import type { Metadata } from 'next'
import { cookies } from 'next/headers'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { paramsOf, type SearchParams } from '#components/live/search-params.ts'
import { viewGuide } from '#lib/demo/contract.ts'
import { guide } from '#lib/demo/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewOverview } from '#lib/overview/contract.ts'
import { view } from '#lib/overview/service.ts'
import { awayCookie } from './_components/guide-away.ts'
import { OverviewScreen } from './_components/overview-screen.tsx'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage({ searchParams }: { searchParams: SearchParams }) {
  const actor = await pageActor()
  const { guide: asked } = await paramsOf(searchParams, ['guide'])
  const hasGuide = asked === 'open' || !(await cookies()).has(awayCookie(actor.id ?? ''))
  return (
    <Hydrated
      actor={actor}
      load={[ready(viewOverview, {}, view), ...(hasGuide ? [ready(viewGuide, {}, guide)] : [])]}
    >
      <OverviewScreen guide={hasGuide} reopened={asked === 'open'} key={asked} />
    </Hydrated>
  )
}
