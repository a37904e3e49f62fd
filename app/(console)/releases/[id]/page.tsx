import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { viewRelease } from '#lib/releases/contract.ts'
import { view } from '#lib/releases/service.ts'
import { ReleaseScreen } from './_components/release-screen.tsx'

export const metadata: Metadata = { title: 'Release' }

export default async function ReleasePage({ params }: { params: Promise<{ id: string }> }) {
  const { id } = await params
  return (
    <Hydrated actor={await pageActor()} load={[ready(viewRelease, { id }, view, { main: true }), ready(listAudit, { subject: `release:${id}`, limit: 20 }, listEvents)]}>
      <ReleaseScreen id={id} />
    </Hydrated>
  )
}
