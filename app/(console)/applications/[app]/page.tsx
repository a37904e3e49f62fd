import type { Metadata } from 'next'
import { cache } from 'react'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { paramsOf, type SearchParams } from '#components/live/search-params.ts'
import { titled } from '#components/live/title.ts'
import { viewApplication } from '#lib/applications/contract.ts'
import { view } from '#lib/applications/service.ts'
import { viewBlueprint } from '#lib/blueprints/contract.ts'
import { view as blueprint } from '#lib/blueprints/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { listPromotions } from '#lib/promotions/contract.ts'
import { list as promotions } from '#lib/promotions/service.ts'
import { listReleases } from '#lib/releases/contract.ts'
import { list as releases } from '#lib/releases/service.ts'
import { ApplicationScreen } from './_components/application-screen.tsx'
import { tabOf } from './_components/tabs.ts'

type Props = { params: Promise<{ app: string }>; searchParams: SearchParams }
/** Once for the title and the page. */
const read = cache(async (app: string) => view(await pageActor(), { app }))

export const generateMetadata = async ({ params }: Props): Promise<Metadata> => titled('Application', async () => (await read((await params).app)).title)

export default async function ApplicationPage({ params, searchParams }: Props) {
  const { app } = await params
  const tab = tabOf((await paramsOf(searchParams, ['tab'])).tab)
  const more = {
    pipeline: [ready(listPromotions, { application: app, limit: 10 }, promotions)],
    releases: [ready(listReleases, { application: app, limit: 25 }, releases)],
    targets: [],
    blueprint: [ready(viewBlueprint, { app }, blueprint)],
  }
  return <Hydrated actor={await pageActor()} load={[ready(viewApplication, { app }, () => read(app), { main: true }), ...more[tab]]}><ApplicationScreen app={app} tab={tab} /></Hydrated>
}
