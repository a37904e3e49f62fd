'use client'
import { useState } from 'react'
import { type Ask, ActionDialog } from '#components/actions/action-dialog.tsx'
import { justDone } from '#components/actions/just-done.ts'
import { useWrite } from '#components/actions/use-write.ts'
import { useMay } from '#components/access/use-may.ts'
import { GatedButton } from '#components/ui/button.tsx'
import { Reasons, type Why } from '#components/ui/reasons.tsx'
import { Section } from '#components/ui/section.tsx'
import { abandonRelease, type ReleaseView, unvetoRelease, vetoRelease } from '#lib/releases/contract.ts'
import { canRelease, type ReleaseAction } from '#lib/releases/state.ts'

const texts = {
  veto: { label: 'Veto', says: 'No start ships it any more; its open rollouts stop and ask a person.', danger: true },
  unveto: { label: 'Take the veto back', says: 'It may be promoted again. Held rollouts go on only when a person says so.', danger: false },
  abandon: { label: 'Abandon', says: 'Withdrawn for good: it can never be shipped again.', danger: true },
} satisfies Record<ReleaseAction, { label: string; says: string; danger: boolean }>

/** Withdrawing a release: what cannot be taken back is red. */
export function ReleaseChanges({ release: r, closed }: { release: ReleaseView; closed: readonly Why[] }) {
  const writes = { veto: useWrite(vetoRelease), unveto: useWrite(unvetoRelease), abandon: useWrite(abandonRelease) }
  const may = [...closed, ...useMay(['approve'], r)]
  const [ask, setAsk] = useState<Ask | null>(null)
  const shown = (['veto', 'unveto', 'abandon'] as const).filter((a) => canRelease(a, r.state))
  const live = r.where.filter((w) => w.percent > 0)
  const open = (action: ReleaseAction) =>
    setAsk({
      title: `${texts[action].label} ${r.version}?`,
      confirm: `${texts[action].label} ${r.version}`,
      danger: texts[action].danger,
      body: <><p className="t2">{texts[action].says}</p>{live.length > 0 && action !== 'unveto' && <p className="t2">It is live now: {live.map((w) => `${w.percent}% of ${w.service} in ${w.environment}`).join(', ')}. This moves no traffic; roll back there to take it away.</p>}</>,
      reason: { kind: 'required' },
      run: async (reason, key) => {
        await writes[action]({ id: r.id, reason: reason ?? '' }, key)
        if (action === 'veto') justDone.add(`veto ${r.id}`)
      },
    })
  return (
    <Section title="Withdraw">
      <div className="acts-v">
        {shown.map((a) => <div key={a}><GatedButton look={texts[a].danger ? 'danger' : 'default'} reasons={may} onPress={() => open(a)}>{texts[a].label} {r.version}…</GatedButton><p className="says-what">{texts[a].says}</p></div>)}
        {shown.length === 0 && <p className="t2">It is {r.state}; that cannot be taken back.</p>}
      </div>
      <ActionDialog ask={ask} onClose={() => setAsk(null)} blocked={closed.length > 0 && <Reasons reasons={closed} />} />
    </Section>
  )
}
