import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { paramsOf, type SearchParams } from '#components/live/search-params.ts'
import { inBrief, listApplications } from '#lib/applications/contract.ts'
import { list } from '#lib/applications/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { NewReleaseScreen } from './_components/new-release-screen.tsx'

export const metadata: Metadata = { title: 'New release' }

export default async function NewReleasePage({ searchParams }: { searchParams: SearchParams }) {
  const { application, ...filled } = await paramsOf(searchParams, ['application', 'version', 'commit', 'image', 'notes'])
  return <Hydrated actor={await pageActor()} load={[ready(listApplications, inBrief, list)]}><NewReleaseScreen preset={application} filled={filled} /></Hydrated>
}
