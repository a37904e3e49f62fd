import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { listApplications } from '#lib/applications/contract.ts'
import { list } from '#lib/applications/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { ApplicationsScreen } from './_components/applications-screen.tsx'

export const metadata: Metadata = { title: 'Applications' }

export default async function ApplicationsPage() {
  return <Hydrated actor={await pageActor()} load={[ready(listApplications, {}, list)]}><ApplicationsScreen /></Hydrated>
}
