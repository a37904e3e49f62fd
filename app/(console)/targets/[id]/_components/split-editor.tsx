'use client'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useRouter } from 'next/navigation'
import { type Ask, ActionDialog } from '#components/actions/action-dialog.tsx'
import { ProblemNote } from '#components/actions/problem-note.tsx'
import { justDone } from '#components/actions/just-done.ts'
import { useWrite } from '#components/actions/use-write.ts'
import { tooOld } from '#components/live/use-stale.ts'
import { splitWords } from '#components/rollouts/split-words.ts'
import { SplitPreview } from '#components/targets/split-preview.tsx'
import { Button, GatedButton } from '#components/ui/button.tsx'
import { Reasons } from '#components/ui/reasons.tsx'
import { RevisionName, revisionSuffix } from '#components/ui/revision-name.tsx'
import { Section } from '#components/ui/section.tsx'
import { Stamp } from '#components/ui/stamp.tsx'
import { ApiError, call } from '#lib/platform/client.ts'
import { planSplit, type SplitPlan, type TargetView, writeSplit } from '#lib/targets/contract.ts'
import { LiveChanged } from './live-changed.tsx'

type Live = NonNullable<TargetView['live']>
type Draft = Record<string, string>

const draftOf = (live: Live): Draft => Object.fromEntries(Object.entries(live.split).filter(([, p]) => p > 0).map(([name, p]) => [name, String(p)]))
const parsed = (draft: Draft): Record<string, number> | null => {
  const rows = Object.entries(draft).map(([name, text]) => [name, /^\d{1,3}$/.test(text.trim()) ? Number(text) : -1] as const)
  return rows.every(([, p]) => p >= 0 && p <= 100) ? Object.fromEntries(rows) : null
}
const words = (plan: SplitPlan) => splitWords(plan.after)

/** A split by hand. The preview comes from the server and is exactly what is written, or it is refused. */
export function SplitEditor({ target: t, live, stale }: { target: TargetView; live: Live; stale: boolean }) {
  const [draft, setDraft] = useState<Draft | null>(null)
  /** The split that was live when editing began, and whether a press was refused since, because it no longer is. */
  const [began, setBegan] = useState<{ split: Live['split']; refused: boolean } | null>(null)
  const [ask, setAsk] = useState<Ask | null>(null)
  const router = useRouter()
  const write = useWrite(writeSplit)
  const rows = draft ?? draftOf(live)
  const edit = (next: Draft) => {
    setDraft(next)
    setBegan((b) => b ?? { split: live.split, refused: false })
  }
  const stop = () => {
    setDraft(null)
    setBegan(null)
  }
  const split = parsed(rows)
  const sum = split ? Object.values(split).reduce((a, b) => a + b, 0) : null
  const changed = draft !== null && split !== null && [...new Set([...Object.keys(split), ...Object.keys(live.split)])].some((k) => (split[k] ?? 0) !== (live.split[k] ?? 0))
  const plan = useQuery({ queryKey: ['split plan', t.id, split, live.etag], queryFn: () => call(planSplit, { id: t.id, split: split ?? {} }), enabled: changed && sum === 100, refetchInterval: false })
  const addable = live.revisions.filter((r) => r.ready && !(r.name in rows))
  const reasons = [...(stale ? [tooOld] : []), ...(plan.data?.refusals ?? [])]

  const open = (p: SplitPlan) =>
    setAsk({
      title: `Send ${words(p)}?`,
      confirm: `Send ${words(p)}`,
      body: <><p className="t2">{t.service} in {t.environment}. {p.towardStable ? 'Toward stable.' : 'Away from stable.'}</p><SplitPreview plan={p} service={t.locator} /></>,
      wide: true,
      reason: { kind: 'required' },
      run: async (reason, key) => {
        try {
          const rollout = await write({ id: t.id, split: p.after, planHash: p.planHash, reason: reason ?? '' }, key)
          justDone.add(`split ${rollout.id}`, { before: p.before })
          router.push(`/rollouts/${rollout.id}`)
        } catch (err) {
          if (!(err instanceof ApiError && err.code === 'plan_changed')) throw err
          // What was confirmed can never be written now: back to the editor, which shows what is live and a preview against it.
          setBegan((b) => b && { ...b, refused: true })
        }
      },
    })

  return (
    <Section title="Traffic" note="writes revision names, never “latest”" stale={stale} end={<Stamp asOf={live.asOf} stale={stale} prefix="etag read" />}>
      <table className="tbl flat edit">
        <thead><tr><th scope="col">Revision</th><th scope="col" className="num">Live</th><th scope="col" className="hide-phone"><span className="sr-only">Percent as a bar</span></th><th scope="col" className="num">Set to</th></tr></thead>
        <tbody>
          {Object.entries(rows).map(([name, text]) => (
            <tr key={name}>
              <th scope="row"><RevisionName name={name} short /> <span className="t2">{live.revisions.find((r) => r.name === name)?.release?.version}</span></th>
              <td className="num">{live.split[name] ?? 0}%</td>
              <td className="hide-phone w-2/5"><span className="slide"><i className={name === t.stable?.revision ? '' : 'ca'} style={{ width: `${split?.[name] ?? 0}%` }} /></span></td>
              <td className="num"><input className="input pct" inputMode="numeric" aria-label={`Percent to ${name}`} value={text} onChange={(e) => edit({ ...rows, [name]: e.target.value })} /></td>
            </tr>
          ))}
          <tr>
            <td>{addable.length > 0 && <select className="input" aria-label="Add a revision" value="" onChange={(e) => e.target.value && edit({ ...rows, [e.target.value]: '0' })}><option value="">Add a revision</option>{addable.map((r) => <option key={r.name} value={r.name}>{revisionSuffix(r.name)} {r.release?.version}</option>)}</select>}</td>
            <td /><td className="num t3 small hide-phone">sum</td><td className="num sum">{sum ?? '–'}</td>
          </tr>
        </tbody>
      </table>
      {began && <LiveChanged began={began} now={live.split} />}
      {draft !== null && (split === null || sum !== 100) && <p className="small fail mt" role="alert">{split === null ? 'Each row is a whole number from 0 to 100.' : `A split sums to 100; this one sums to ${sum}.`}</p>}
      {plan.error && <div className="mt"><ProblemNote error={plan.error} /></div>}
      {plan.data && changed && <div className="mt"><SplitPreview plan={plan.data} service={t.locator} /><div className="mt grid gap-1"><GatedButton reasons={reasons} onPress={() => plan.data && open(plan.data)}>Send {words(plan.data)}…</GatedButton></div></div>}
      {draft !== null && <p className="mt"><Button look="quiet" small onPress={stop}>Back to live</Button></p>}
      <ActionDialog ask={ask} onClose={() => setAsk(null)} blocked={stale && <Reasons reasons={[tooOld]} />} />
    </Section>
  )
}
