import type { Metadata } from 'next'
import { cache } from 'react'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { titled } from '#components/live/title.ts'
import { rolloutTitle } from '#components/rollouts/title.ts'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewRollout } from '#lib/rollouts/contract.ts'
import { view } from '#lib/rollouts/service.ts'
import { RolloutScreen } from './_components/rollout-screen.tsx'

type Props = { params: Promise<{ id: string }> }
/** Once for the title and the page. */
const read = cache(async (id: string) => view(await pageActor(), { id }))

export const generateMetadata = async ({ params }: Props): Promise<Metadata> =>
  titled('Rollout', async () => {
    const r = await read((await params).id)
    return `${rolloutTitle(r)} · ${r.target.application}`
  })

export default async function RolloutPage({ params }: Props) {
  const { id } = await params
  return (
    <Hydrated actor={await pageActor()} load={[ready(viewRollout, { id }, () => read(id), { main: true }), ready(listAudit, { subject: `rollout:${id}`, limit: 40 }, listEvents)]}>
      <RolloutScreen id={id} />
    </Hydrated>
  )
}
