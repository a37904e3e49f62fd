'use client'
import { useState } from 'react'
import { ActionDialog, type Ask } from '#components/actions/action-dialog.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { Button } from '#components/ui/button.tsx'
import { Strip } from '#components/ui/strip.tsx'
import { At } from '#components/ui/time.tsx'
import { type PromotionView, reviewOverride } from '#lib/promotions/contract.ts'

type Use = NonNullable<PromotionView['override']>['use']

/** What it did, in words: one that opened nothing is looked at all the same, and must not read as if something had shipped by it. */
const didWords: Record<Use, string> = {
  in_force: 'passed the open gates',
  used: 'passed the open gates',
  not_needed: 'broke the glass, and it started without that',
  void: 'broke the glass for content that changed since: void, nothing started by it',
  lapsed: 'broke the glass for an hour that is over: nothing started by it',
  ended_before: 'broke the glass, and this ended before it started: nothing shipped by it',
}

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
      body: <p>{o.by} {didWords[o.use]}: “{o.reason}”. Saying that you looked at it takes it off the overview; it stays in the audit log.</p>,
      reason: { kind: 'optional', label: 'What was found' },
      run: async (comment, key) => void (await write({ id: p.id, ...(comment && { comment }) }, key)),
    })
  return (
    <>
      <Strip kind={o.reviewed ? 'pass' : 'held'} word="Break-glass" action={!o.reviewed && o.mayReview ? <Button onPress={open}>Review the break-glass</Button> : undefined}>
        <b>{o.by}</b> {didWords[o.use]}, <At iso={o.at} />: “{o.reason}”. {o.reviewed ? <>Reviewed by {o.reviewed.by} <At iso={o.reviewed.at} />{o.reviewed.comment && <>: “{o.reviewed.comment}”</>}.</> : 'Nobody else has looked at it yet.'}
      </Strip>
      <ActionDialog ask={ask} onClose={() => setAsk(null)} />
    </>
  )
}
