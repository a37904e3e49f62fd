'use client'
import { useState } from 'react'
import { ActionDialog, type Ask } from '#components/actions/action-dialog.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { Button } from '#components/ui/button.tsx'
import { Strip } from '#components/ui/strip.tsx'
import { At } from '#components/ui/time.tsx'
import { type PromotionView, reviewOverride } from '#lib/promotions/contract.ts'

/** Break-glass stays on the page; until somebody else has looked at it, it asks for that. */
export function OverrideStrip({ promotion: p }: { promotion: PromotionView }) {
  const write = useWrite(reviewOverride)
  const [ask, setAsk] = useState<Ask | null>(null)
  const o = p.override
  if (!o) return null
  const open = () =>
    setAsk({
      title: `Review the break-glass of ${p.release.version} in ${p.environment}?`,
      confirm: 'Reviewed',
      body: <p>{o.by} passed the open gates: “{o.reason}”. Saying that you looked at it takes it off the overview; it stays in the audit log.</p>,
      reason: { kind: 'optional', label: 'What was found' },
      run: async (comment, key) => void (await write({ id: p.id, ...(comment && { comment }) }, key)),
    })
  return (
    <>
      <Strip kind={o.reviewed ? 'pass' : 'held'} word="Break-glass" action={!o.reviewed && o.mayReview ? <Button onPress={open}>Review the break-glass</Button> : undefined}>
        <b>{o.by}</b> passed the open gates <At iso={o.at} />: “{o.reason}”. {o.reviewed ? <>Reviewed by {o.reviewed.by} <At iso={o.reviewed.at} />{o.reviewed.comment && <>: “{o.reviewed.comment}”</>}.</> : 'Nobody else has looked at it yet.'}
      </Strip>
      <ActionDialog ask={ask} onClose={() => setAsk(null)} />
    </>
  )
}
