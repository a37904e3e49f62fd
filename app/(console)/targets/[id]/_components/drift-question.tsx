'use client'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { type Ask, ActionDialog } from '#components/actions/action-dialog.tsx'
import { useWrite } from '#components/actions/use-write.ts'
import { tooOld } from '#components/live/use-stale.ts'
import { splitParts, splitText } from '#components/rollouts/split-parts.ts'
import { useMay } from '#components/access/use-may.ts'
import { Button } from '#components/ui/button.tsx'
import { sentence } from '#components/ui/format.ts'
import { InWords } from '#components/ui/in-words.tsx'
import { Question } from '#components/ui/question.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { SplitBar } from '#components/ui/split-bar.tsx'
import { Ago } from '#components/ui/time.tsx'
import { adoptTarget, restoreTarget, type TargetView } from '#lib/targets/contract.ts'

/** Somebody changed the split elsewhere. Nothing is written until a person chooses. */
export function DriftQuestion({ target: t, stale }: { target: TargetView; stale: boolean }) {
  const adopt = useWrite(adoptTarget)
  const restore = useWrite(restoreTarget)
  const router = useRouter()
  const [ask, setAsk] = useState<Ask | null>(null)
  const old = stale ? [tooOld] : []
  const mayAdopt = [...useMay(['operate'], t), ...old]
  // on_call holds roll_back, and may move toward what was intended.
  const mayRestore = [...useMay(['operate', 'roll_back'], t), ...old]
  const drift = t.drift
  if (!drift) return null
  const stable = t.stable?.revision ?? null
  const other = Object.keys(drift.observed).find((name) => name !== stable && (drift.observed[name] ?? 0) > 0) ?? null
  const [wanted, live] = [splitParts(drift.expected, stable, other), splitParts(drift.observed, stable, other)]
  const etag = t.live ? { etag: t.live.etag } : {}
  const words = (parts: typeof wanted) => parts.filter((p) => p.percent > 0).map((p) => `${p.percent}% to ${p.name}`).join(', ')
  const open = (kind: 'adopt' | 'restore') =>
    setAsk({
      title: kind === 'restore' ? `Restore ${splitText(wanted)}?` : `Adopt ${splitText(live)}?`,
      confirm: kind === 'restore' ? `Restore ${splitText(wanted)}` : `Adopt ${splitText(live)}`,
      body: <p className="t2">{t.service} in {t.environment}: {kind === 'restore' ? `writes ${words(wanted)}.` : `writes nothing; ${words(live)} becomes what is intended.`}</p>,
      reason: { kind: 'required' },
      run: async (reason, key) => {
        const answer = await (kind === 'restore' ? restore : adopt)({ id: t.id, reason: reason ?? '', ...etag }, key)
        if (kind === 'restore' && answer.openRollout) router.push(`/rollouts/${answer.openRollout}`)
      },
    })
  return (
    <Question title={<>Changed outside, <Ago iso={drift.since} />.</>} lead={<InWords message={sentence(drift.message)} />}>
      <p className="t2">By {drift.actor}. Sluice has written nothing since.</p>
      <div className="versus">
        <p>Wanted</p><SplitBar ghost parts={wanted} /><p className="num">{splitText(wanted)}</p><p className="t3 small">last intended</p>
        <p className="b">Live</p><SplitBar size="mid" parts={live} /><p className="num b">{splitText(live)}</p><p className="t3 small">read back</p>
      </div>
      <ul className="choice">
        <li><Button look={mayRestore.length > 0 ? 'default' : 'primary'} icon="undo" disabled={mayRestore.length > 0} describedBy="why-restore" onPress={() => open('restore')}>Restore {splitText(wanted)}</Button><div id="why-restore">Writes {words(wanted)}.<Reasons reasons={mayRestore} /></div><span className="arm">as intended</span></li>
        <li><Button icon="check" disabled={mayAdopt.length > 0} describedBy="why-adopt" onPress={() => open('adopt')}>Adopt {splitText(live)}</Button><div id="why-adopt">Writes nothing. What is live becomes what is intended.<Reasons reasons={mayAdopt} /></div><span className="arm ca">as found</span></li>
      </ul>
      <ActionDialog ask={ask} onClose={() => setAsk(null)} blocked={stale && <Reasons reasons={[tooOld]} />} />
    </Question>
  )
}
