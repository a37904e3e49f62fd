import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { filtersOf, type SearchParams } from '#components/live/search-params.ts'
import { pageActor } from '#lib/http/server.ts'
import { listPromotions } from '#lib/promotions/contract.ts'
import { list } from '#lib/promotions/service.ts'
import { PromotionsScreen } from './_components/promotions-screen.tsx'

export const metadata: Metadata = { title: 'Promotions' }

export default async function PromotionsPage({ searchParams }: { searchParams: SearchParams }) {
  const input = await filtersOf(searchParams, listPromotions, ['application', 'environment', 'state', 'sort'])
  return <Hydrated actor={await pageActor()} load={[ready(listPromotions, input, list)]}><PromotionsScreen /></Hydrated>
}
