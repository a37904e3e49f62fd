'use client'
import { useState } from 'react'
import { ApplicationTitle } from '#components/applications/title.tsx'
import type { Ask } from '#components/actions/action-dialog.tsx'
import { explain } from '#components/actions/problem-note.tsx'
import { justDone } from '#components/actions/just-done.ts'
import { useRequested } from '#components/actions/use-requested.ts'
import { useWrite } from '#components/actions/use-write.ts'
import { Digest, Hash } from '#components/ui/revision-name.tsx'
import { cancelPromotion, decidePromotion, overridePromotion, type PromotionView, startPromotion, withdrawApproval } from '#lib/promotions/contract.ts'

type Act = PromotionView['actions'][number]

/** Lets it go on to the live service; the others end it. */
export const goesOn = (action: Act['action']): boolean => action === 'approve' || action === 'start' || action === 'override'

const reasons = {
  approve: { kind: 'optional', label: 'Comment' },
  reject: { kind: 'required', label: 'Why' },
  withdraw: { kind: 'optional' },
  start: { kind: 'optional' },
  cancel: { kind: 'optional' },
  override: { kind: 'required', label: 'Why the gates cannot wait' },
} satisfies Record<Act['action'], Ask['reason']>

/** The content as the approver confirms it: every image and what the approval binds to. */
const Body = ({ p, a }: { p: PromotionView; a: Act }) => (
  <>
    <p className="t2">{a.consequence}</p>
    <dl className="kv">
      <dt>Release</dt><dd><ApplicationTitle slug={p.application} /> {p.release.version}</dd>
      <dt>Environment</dt><dd>{p.environment}</dd>
      {p.plan.targets.map((t) => <div className="contents" key={t.target}><dt>{t.service}</dt><dd>{t.from.version ?? 'nothing'} → {t.to.version}, <Digest value={t.to.digest} /></dd></div>)}
      {a.action === 'approve' && <><dt>Binds to</dt><dd><Hash value={p.contentHash} /></dd></>}
    </dl>
  </>
)

export function usePromotionActions(p: PromotionView) {
  const decide = useWrite(decidePromotion)
  const withdraw = useWrite(withdrawApproval)
  const start = useWrite(startPromotion)
  const cancel = useWrite(cancelPromotion)
  const override = useWrite(overridePromotion)
  const requested = useRequested(p, 'Recorded once it is read back.')
  const [dialog, setDialog] = useState<(Ask & Pick<Act, 'action'>) | null>(null)

  // The hash is the one shown when the dialog opened: content that changes meanwhile is refused by the server.
  const send = (a: Act, shown: PromotionView, reason: string | undefined, key: string) => {
    const because = reason ? { reason } : {}
    switch (a.action) {
      case 'approve':
      case 'reject':
        return decide({ id: shown.id, decision: a.action, contentHash: shown.contentHash, ...(reason && { comment: reason }) }, key)
      case 'withdraw':
        return withdraw({ id: shown.id, ...because }, key)
      case 'start':
        return start({ id: shown.id, contentHash: shown.contentHash, ...because }, key)
      case 'cancel':
        return cancel({ id: shown.id, ...because }, key)
      case 'override':
        return override({ id: shown.id, contentHash: shown.contentHash, ...because }, key)
      default: {
        const _: never = a.action
        return _
      }
    }
  }
  const run = async (a: Act, reason: string | undefined, key: string) => {
    requested.begin(a.label)
    try {
      requested.end((await send(a, p, reason, key)).version)
      if (a.action === 'approve') justDone.add(`approve ${p.id}`)
    } catch (err) {
      requested.fail(explain(err))
      throw err
    }
  }
  return {
    press: (a: Act) => setDialog({ action: a.action, title: `${a.label}?`, confirm: a.label, danger: a.action === 'override', body: <Body p={p} a={a} />, reason: reasons[a.action], run: (reason, key) => run(a, reason, key) }),
    /** What takes back the act just done asks nothing first. */
    undo: (a: Act, key: string) => run(a, undefined, key),
    requestedLabel: requested.label,
    dialog,
    /** The open dialog would let it go on. */
    asksToGoOn: dialog !== null && goesOn(dialog.action),
    close: () => setDialog(null),
  }
}
export type PromotionActions = ReturnType<typeof usePromotionActions>
