import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewPromotion } from '#lib/promotions/contract.ts'
import { view } from '#lib/promotions/service.ts'
import { PromotionScreen } from './_components/promotion-screen.tsx'

export const metadata: Metadata = { title: 'Promotion' }

export default async function PromotionPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return (
    <Hydrated actor={await pageActor()} load={[ready(viewPromotion, { id }, view, { main: true }), ready(listAudit, { subject: `promotion:${id}`, limit: 40 }, listEvents)]}>
      <PromotionScreen id={id} />
    </Hydrated>
  )
}
