import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewRollout } from '#lib/rollouts/contract.ts'
import { view } from '#lib/rollouts/service.ts'
import { RolloutScreen } from './_components/rollout-screen.tsx'

export const metadata: Metadata = { title: 'Rollout' }

export default async function RolloutPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return (
    <Hydrated actor={await pageActor()} load={[ready(viewRollout, { id }, view, { main: true }), ready(listAudit, { subject: `rollout:${id}`, limit: 40 }, listEvents)]}>
      <RolloutScreen id={id} />
    </Hydrated>
  )
}
