import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { paramsOf, type SearchParams } from '#components/live/search-params.ts'
import { listEnvironments } from '#lib/environments/contract.ts'
import { list } from '#lib/environments/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { EnvironmentsScreen } from './_components/environments-screen.tsx'

export const metadata: Metadata = { title: 'Environments' }

export default async function EnvironmentsPage({ searchParams }: { searchParams: SearchParams }) {
  const input = await paramsOf(searchParams, ['application', 'cursor'])
  return <Hydrated actor={await pageActor()} load={[ready(listEnvironments, input, list, { main: true })]}><EnvironmentsScreen /></Hydrated>
}
