import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { filtersOf, type SearchParams } from '#components/live/search-params.ts'
import { pageActor } from '#lib/http/server.ts'
import { listRollouts } from '#lib/rollouts/contract.ts'
import { list } from '#lib/rollouts/service.ts'
import { RolloutsScreen } from './_components/rollouts-screen.tsx'

export const metadata: Metadata = { title: 'Rollouts' }

export default async function RolloutsPage({ searchParams }: { searchParams: SearchParams }) {
  const input = await filtersOf(searchParams, listRollouts, ['application', 'target', 'state', 'sort'])
  return <Hydrated actor={await pageActor()} load={[ready(listRollouts, input, list)]}><RolloutsScreen /></Hydrated>
}
