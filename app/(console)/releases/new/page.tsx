import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { filtersOf, type SearchParams } from '#components/live/search-params.ts'
import { listApplications } from '#lib/applications/contract.ts'
import { list } from '#lib/applications/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { NewReleaseScreen } from './_components/new-release-screen.tsx'

export const metadata: Metadata = { title: 'New release' }

export default async function NewReleasePage({ searchParams }: { searchParams: SearchParams }) {
  const { application } = await filtersOf(searchParams, ['application'])
  return <Hydrated actor={await pageActor()} load={[ready(listApplications, {}, list)]}><NewReleaseScreen preset={application} /></Hydrated>
}
