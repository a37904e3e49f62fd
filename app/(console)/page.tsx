import type { Metadata } from 'next'
import { Hydrated, ready } from '#components/live/hydrated.tsx'
import { listApplications } from '#lib/applications/contract.ts'
import { list as applications } from '#lib/applications/service.ts'
import { listAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import { pageActor } from '#lib/http/server.ts'
import { listPromotions } from '#lib/promotions/contract.ts'
import { list as promotions } from '#lib/promotions/service.ts'
import { listRollouts } from '#lib/rollouts/contract.ts'
import { list as rollouts } from '#lib/rollouts/service.ts'
import { OverviewScreen } from './_components/overview-screen.tsx'
import { activityInput, endedBadly, openRollouts, unreviewedOverrides } from './_components/overview-reads.ts'

export const metadata: Metadata = { title: 'Overview' }

export default async function OverviewPage() {
  return (
    <Hydrated
      actor={await pageActor()}
      load={[
        ready(listApplications, {}, applications),
        ready(listRollouts, openRollouts, rollouts),
        ready(listRollouts, endedBadly, rollouts),
        ready(listPromotions, { state: 'pending' }, promotions),
        ready(listPromotions, { state: 'ready' }, promotions),
        ready(listPromotions, unreviewedOverrides, promotions),
        ready(listAudit, activityInput, listEvents),
      ]}
    >
      <OverviewScreen />
    </Hydrated>
  )
}
