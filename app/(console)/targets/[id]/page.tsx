import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewTarget } from '#lib/targets/contract.ts'
import { view } from '#lib/targets/service.ts'
import { TargetScreen } from './_components/target-screen.tsx'

export const metadata: Metadata = { title: 'Target' }

export default async function TargetPage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return (
    <Hydrated actor={await pageActor()} load={[ready(viewTarget, { id }, view, { main: true }), ready(listAudit, { subject: `target:${id}`, limit: 20 }, listEvents)]}>
      <TargetScreen id={id} />
    </Hydrated>
  )
}
