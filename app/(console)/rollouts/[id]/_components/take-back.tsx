'use client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { type Ask, ActionDialog } from '#components/actions/action-dialog.tsx'
import { justDone, useJustDone } from '#components/actions/just-done.ts'
import { Undo } from '#components/actions/undo.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { splitWords } from '#components/rollouts/split-words.ts'
import type { useRolloutActions } from '#components/rollouts/use-rollout-actions.tsx'
import { SplitPreview } from '#components/targets/split-preview.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { call } from '#lib/platform/client.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import { planSplit, type SplitPlan, writeSplit } from '#lib/targets/contract.ts'

type Props = { rollout: RolloutView; actions: ReturnType<typeof useRolloutActions>; stale: boolean }

/** Right after one paused it, or wrote this split by hand. */
export function TakeBack({ rollout: r, actions, stale }: Props) {
  const resume = r.actions.find((a) => a.action === 'resume')
  return (
    <>
      {resume && <Undo act={`pause ${r.id}`} word="Paused" label={resume.label} allowed={resume.allowed && !stale} onUndo={() => actions.press(resume)}>You paused it just now; taking that back goes on with the step it was in.</Undo>}
      {r.kind === 'shift' && <SplitBefore rollout={r} />}
    </>
  )
}

/** The split that this one replaced, written as a new one: planned against what is live now, previewed and confirmed like any other. */
function SplitBefore({ rollout: r }: { rollout: RolloutView }) {
  const act = `split ${r.id}`
  const before = useJustDone(act)?.before
  const [ask, setAsk] = useState<Ask | null>(null)
  const write = useWrite(writeSplit)
  const router = useRouter()
  const open = (plan: SplitPlan) => {
    const label = `Send ${splitWords(plan.after)}`
    setAsk({
      title: `${label}?`, confirm: label, wide: true, reason: { kind: 'required', presets: ['Undo of the split just written'] },
      body: <><p className="t2">{r.target.service} in {r.target.environment}, as it was before.</p><SplitPreview plan={plan} service={r.target.locator} /></>,
      ...(plan.refusals.length > 0 && { blocked: <Reasons reasons={plan.refusals} /> }),
      run: async (reason, key) => {
        const rollout = await write({ id: r.target.id, split: plan.after, planHash: plan.planHash, reason: reason ?? '' }, key)
        justDone.drop(act)
        router.push(`/rollouts/${rollout.id}`)
      },
    })
  }
  return (
    <>
      {before && <Undo act={act} word="Written" label={`Back to ${splitWords(before)}…`} allowed={r.state === 'succeeded'} keep onUndo={async () => open(await call(planSplit, { id: r.target.id, split: { ...before } }))}>The split was read back as you sent it.</Undo>}
      <ActionDialog ask={ask} onClose={() => setAsk(null)} />
    </>
  )
}
