import type { Metadata } from 'next'
import { cache } from 'react'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { titled } from '#components/live/title.ts'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewPromotion } from '#lib/promotions/contract.ts'
import { view } from '#lib/promotions/service.ts'
import { PromotionScreen } from './_components/promotion-screen.tsx'

type Props = { params: Promise<{ id: string }> }
/** Once for the title and the page. */
const read = cache(async (id: string) => view(await pageActor(), { id }))

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  titled('Promotion', async () => {
    const p = await read((await params).id)
    return `${p.application} ${p.release.version} → ${p.environment}`
  })

export default async function PromotionPage({ params }: Props) {
  const { id } = await params
  return (
    <Hydrated actor={await pageActor()} load={[ready(viewPromotion, { id }, () => read(id), { main: true }), ready(listAudit, { subject: `promotion:${id}`, limit: 40 }, listEvents)]}>
      <PromotionScreen id={id} />
    </Hydrated>
  )
}
