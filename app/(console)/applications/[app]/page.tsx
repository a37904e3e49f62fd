import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { viewApplication } from '#lib/applications/contract.ts'
import { view } from '#lib/applications/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { listPromotions } from '#lib/promotions/contract.ts'
import { list as promotions } from '#lib/promotions/service.ts'
import { listReleases } from '#lib/releases/contract.ts'
import { list as releases } from '#lib/releases/service.ts'
import { ApplicationScreen } from './_components/application-screen.tsx'

export async function generateMetadata({ params }: { params: Promise<{ app: string }> }): Promise<Metadata> {
  return { title: (await params).app }
}

export default async function ApplicationPage({ params }: { params: Promise<{ app: string }> }) {
  const { app } = await params
  return (
    <Hydrated
      actor={await pageActor()}
      load={[ready(viewApplication, { app }, view, { main: true }), ready(listReleases, { application: app, limit: 10 }, releases), ready(listPromotions, { application: app, limit: 10 }, promotions)]}
    >
      <ApplicationScreen app={app} />
    </Hydrated>
  )
}
