'use client'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { ActionDialog } from '#components/actions/action-dialog.tsx'
import { justDone } from '#components/actions/just-done.ts'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { ChangeDiff } from '#components/promotions/change-diff.tsx'
import { Gates } from '#components/promotions/gates.tsx'
import { Skeleton } from '#components/ui/empty.tsx'
import { Mark } from '#components/ui/mark.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { call } from '#lib/platform/client.ts'
import { createPromotion, planPromotion, type PromotionPlan } from '#lib/promotions/contract.ts'

const Plan = ({ plan }: { plan: PromotionPlan }) => (
  <>
    <div><ChangeDiff targets={plan.targets} isLive /></div>
    {plan.stays.length > 0 && <p className="small t2">Stays as it is: {plan.stays.join(', ')}.</p>}
    <p className="t2">{plan.forecast.text}</p>
    {plan.gates.length > 0 ? <Gates gates={plan.gates} /> : <p className="t2">No gate: it starts at once.</p>}
    {plan.refusals.length > 0 && <div><p><Mark kind="fail">Would be refused</Mark></p><Reasons reasons={plan.refusals} /></div>}
  </>
)

/** The plan against live, read now, then the request for exactly that plan. */
export function PromoteDialog({ release, environment, onClose }: { release: { id: string; version: string }; environment: string; onClose(): void }) {
  const input = { release: release.id, environment }
  const plan = useQuery({ queryKey: [planPromotion.id, input], queryFn: () => call(planPromotion, input), staleTime: 0, refetchInterval: false })
  const create = useWrite(createPromotion)
  const router = useRouter()
  const label = `Promote ${release.version} to ${environment}`
  const refused = (plan.data?.refusals.length ?? 0) > 0
  return (
    <ActionDialog
      ask={{
        title: `${label}?`,
        confirm: label,
        wide: true,
        body: plan.data ? <Plan plan={plan.data} /> : plan.error ? <ProblemNote error={plan.error} /> : <Skeleton rows={5} />,
        blocked: plan.data && !refused ? undefined : <p className="small t3">{plan.data ? 'It cannot be asked for now.' : plan.error ? 'Without a plan it cannot be asked for.' : 'Reading live.'}</p>,
        reason: { kind: 'optional', label: 'Reason' },
        run: async (reason, key) => {
          const promotion = await create({ ...input, ...(plan.data && { planHash: plan.data.planHash }), ...(reason && { reason }) }, key)
          justDone.add(`ask ${promotion.id}`)
          router.push(`/promotions/${promotion.id}`)
        },
      }}
      onClose={onClose}
    />
  )
}
