import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { filtersOf, type SearchParams } from '#components/live/search-params.ts'
import { pageActor } from '#lib/http/server.ts'
import { listReleases } from '#lib/releases/contract.ts'
import { list } from '#lib/releases/service.ts'
import { ReleasesScreen } from './_components/releases-screen.tsx'

export const metadata: Metadata = { title: 'Releases' }

export default async function ReleasesPage({ searchParams }: { searchParams: SearchParams }) {
  const input = await filtersOf(searchParams, listReleases, ['application', 'state', 'q', 'sort'])
  return <Hydrated actor={await pageActor()} load={[ready(listReleases, input, list)]}><ReleasesScreen /></Hydrated>
}
