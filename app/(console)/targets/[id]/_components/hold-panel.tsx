'use client'
import { useState } from 'react'
import { type Ask, ActionDialog } from '#components/actions/action-dialog.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { tooOld } from '#components/live/use-stale.ts'
import { GatedButton } from '#components/ui/button.tsx'
import { useMay } from '#components/access/use-may.ts'
import { Reasons } from '#components/ui/reasons.tsx'
import { Digest } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { Ago, At } from '#components/ui/time.tsx'
import { type TargetView, unholdTarget } from '#lib/targets/contract.ts'

type Hold = NonNullable<TargetView['hold']>

/** What may not be shipped here again, since when and why; and the way to lift it. */
export function HoldPanel({ target: t, hold, stale }: { target: TargetView; hold: Hold; stale: boolean }) {
  const write = useWrite(unholdTarget)
  const [ask, setAsk] = useState<Ask | null>(null)
  const reasons = [...useMay(['approve', 'override'], t), ...(stale ? [tooOld] : [])]
  const names = t.heldImages.map((i) => i.versions.join(', ') || 'an image of no release')
  const what = names.length > 1 ? `${names.length} images` : (names[0] ?? 'this image')
  const open = () =>
    setAsk({
      title: `Lift the hold on ${what}?`,
      confirm: `Lift the hold on ${what}`,
      body: <p className="t2">{names.join('; ')} may be shipped to {t.service} in {t.environment} again. Nothing starts by this: somebody has to ask for a promotion.</p>,
      reason: { kind: 'required' },
      run: async (reason, key) => void (await write({ id: t.id, hold: hold.id, reason: reason ?? '' }, key)),
    })
  return (
    <Section title="Hold" className="p-second" stale={stale}>
      <dl className="kv">
        <dt>What</dt><dd>{t.heldImages.map((i) => <span className="block" key={i.digest}>{i.versions.join(', ') || 'of no release'} <Digest value={i.digest} /></span>)}</dd>
        <dt>{names.length > 1 ? 'Grew last' : 'Since'}</dt><dd><At iso={hold.at} seconds />, <Ago iso={hold.at} /></dd>
        <dt>{names.length > 1 ? 'By the last of them' : 'Set by'}</dt><dd>{hold.by}: {hold.reason}</dd>
        <dt>Ends</dt><dd>when a person lifts it, for all of them; other images pass</dd>
      </dl>
      <div className="mt grid justify-items-start gap-1"><GatedButton reasons={reasons} onPress={open}>Lift the hold on {what}…</GatedButton></div>
      <ActionDialog ask={ask} onClose={() => setAsk(null)} blocked={stale && <Reasons reasons={[tooOld]} />} />
    </Section>
  )
}
