import type { Route } from 'next'
import { holdWords } from '#components/rollouts/state.tsx'
import { revisionOf, splitParts } from '#components/rollouts/split-parts.ts'
import type { MarkKind } from '#components/ui/mark.tsx'
import type { SplitPart } from '#components/ui/split-bar.tsx'
import { to } from '#components/ui/route.ts'
import type { ApplicationView } from '#lib/applications/contract.ts'
import type { PromotionSummary, PromotionView } from '#lib/promotions/contract.ts'
import type { RolloutSummary } from '#lib/rollouts/contract.ts'

export type Need = { key: string; kind: MarkKind; word: string; title: string; href: Route; where: string; text: string; parts: SplitPart[]; at: string; button: string; rank: number }

type Facts = {
  applications: readonly ApplicationView[]
  open: readonly RolloutSummary[]
  bad: readonly RolloutSummary[]
  promotions: readonly PromotionSummary[]
  /** Gates that somebody passed by break-glass and nobody else has looked at. */
  overridden: readonly PromotionSummary[]
  /** Views of waiting promotions, where the server says what this person may do. */
  views: ReadonlyMap<string, PromotionView>
  nowMs: number
}

const dayMs = 86_400_000
const partsOf = (r: RolloutSummary) => (r.split.observed ? splitParts(r.split.observed, revisionOf(r.stable), revisionOf(r.candidate)) : [])
const placeOf = (r: RolloutSummary) => `${r.target.application} ${r.target.service}`

const held = (r: RolloutSummary): Need => ({
  key: `rollout ${r.id}`, rank: 0, kind: 'held', word: r.holdReason ? holdWords[r.holdReason.code] : 'Held', title: placeOf(r), href: to(`/rollouts/${r.id}`),
  where: `in ${r.target.environment}${r.release ? `, ${r.release.version}` : ''}`, text: r.holdReason?.message ?? r.headline, parts: partsOf(r), at: r.holdReason?.at ?? r.createdAt, button: 'Decide',
})

const paused = (r: RolloutSummary): Need => ({ ...held(r), rank: 4, kind: 'paused', word: 'Paused', text: `${r.headline} Nothing moves until someone resumes.`, at: r.startedAt ?? r.createdAt, button: 'Open' })

/** A failure stays until something newer is under way there or a day has passed: nobody should find it by chance. */
function ended(r: RolloutSummary, f: Facts): Need | null {
  if (!r.endedAt || f.nowMs - Date.parse(r.endedAt) > dayMs || f.open.some((o) => o.target.id === r.target.id)) return null
  const hold = f.applications.flatMap((a) => a.environments.flatMap((e) => e.targets)).find((t) => t.id === r.target.id)?.hold
  return { ...held(r), key: `ended ${r.id}`, rank: 2, kind: 'fail', word: r.state === 'failed' ? 'Failed' : 'Rolled back', text: r.endReason ?? r.headline, parts: [], at: r.endedAt, href: hold ? to(`/targets/${r.target.id}`) : to(`/rollouts/${r.id}`), button: hold ? 'Review hold' : 'Open' }
}

function promotion(p: PromotionSummary, f: Facts): Need | null {
  const view = f.views.get(p.id)
  const may = (action: 'approve' | 'start') => view?.actions.some((a) => a.action === action && a.allowed) ?? false
  const base = { key: `promotion ${p.id}`, kind: 'waiting' as const, title: `${p.application} ${p.release.version}`, href: to(`/promotions/${p.id}`), where: `to ${p.environment}`, parts: [], at: p.createdAt }
  if (p.state === 'ready' && may('start')) return { ...base, rank: 1, word: 'Start', text: p.headline, button: 'Review' }
  if (p.state === 'pending' && may('approve')) return { ...base, rank: 1, word: 'Approval', text: p.headline, button: 'Review' }
  return null
}

const unreviewed = (p: PromotionSummary): Need => ({
  key: `override ${p.id}`, rank: 1, kind: 'held', word: 'Break-glass', title: `${p.application} ${p.release.version}`, href: to(`/promotions/${p.id}`),
  where: `to ${p.environment}`, text: 'Its gates were passed by break-glass; nobody else has looked at that yet.', parts: [], at: p.createdAt, button: 'Review',
})

const drifted = (f: Facts): Need[] =>
  f.applications.flatMap((a) => a.environments.flatMap((e) => e.targets)).flatMap((t) =>
    t.drift && !t.openRollout
      ? [{ key: `drift ${t.id}`, rank: 1, kind: 'held' as const, word: 'Changed outside', title: `${t.application} ${t.service}`, href: to(`/targets/${t.id}`), where: `in ${t.environment}`, text: t.drift.message, parts: splitParts(t.drift.observed, t.stable?.revision ?? null, Object.keys(t.drift.observed).find((n) => n !== t.stable?.revision) ?? null), at: t.drift.since, button: 'Decide' }]
      : [],
  )

/** What needs this person: held first, then what they can let go on or must look at, then what failed, then what rests. */
export function needsOf(f: Facts): Need[] {
  const all = [
    ...f.open.filter((r) => r.state === 'held').map(held),
    ...drifted(f),
    ...f.promotions.map((p) => promotion(p, f)),
    ...f.overridden.map(unreviewed),
    ...f.bad.map((r) => ended(r, f)),
    ...f.open.filter((r) => r.state === 'paused').map(paused),
  ].filter((n) => n !== null)
  return all.sort((a, b) => a.rank - b.rank || b.at.localeCompare(a.at))
}
