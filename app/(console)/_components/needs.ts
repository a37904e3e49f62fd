import type { Route } from 'next'
import { rolesOpen } from '#components/access/may.ts'
import { holdWord } from '#components/rollouts/state.tsx'
import { revisionOf, splitParts } from '#components/rollouts/split-parts.ts'
import { capital, sentence } from '#components/ui/format.ts'
import type { MarkKind } from '#components/ui/mark.tsx'
import type { SplitPart } from '#components/ui/split-bar.tsx'
import { to } from '#components/ui/route.ts'
import type { Me } from '#lib/access/contract.ts'
import type { EndedRollout, WaitingPromotion } from '#lib/overview/contract.ts'
import type { PromotionSummary, PromotionView } from '#lib/promotions/contract.ts'
import type { RolloutLine } from '#lib/rollouts/contract.ts'
import type { TargetSummary } from '#lib/targets/contract.ts'

export type Need = { key: string; kind: MarkKind; word: string; title: string; href: Route; where: string; text: string; parts: SplitPart[]; at: string; /** When it is denied by itself. */ due: string | null; /** Whose it is, or who set it going. */ by: string; button: string; rank: number }

type Facts = {
  /** The name of an application by its slug. */
  title(slug: string): string
  open: readonly RolloutLine[]
  ended: readonly EndedRollout[]
  drifted: readonly TargetSummary[]
  promotions: readonly WaitingPromotion[]
  /** Somebody broke the glass for them and nobody else has looked at that, whatever came of it. */
  overridden: readonly PromotionSummary[]
  /** Views of waiting promotions, where the server says what this person may do. */
  views: ReadonlyMap<string, PromotionView>
  me: Me | null
  nowMs: number
}

const dayMs = 86_400_000
const partsOf = (r: RolloutLine) => (r.split.observed ? splitParts(r.split.observed, revisionOf(r.stable), revisionOf(r.candidate)) : [])
const share = (r: RolloutLine) => r.split.observed?.[r.candidate?.revision ?? ''] ?? null

const held = (r: RolloutLine, f: Facts): Need => ({
  key: `rollout ${r.id}`, rank: 0, kind: 'held', word: holdWord(r.holdReason), title: `${f.title(r.target.application)} ${r.target.service}`, due: null, by: `asked by ${r.createdBy}`, href: to(`/rollouts/${r.id}`),
  where: `in ${r.target.environment}${r.release ? `, ${r.release.version}${share(r) === null ? '' : ` at ${share(r)}%`}` : ''}`, text: r.holdReason?.message ?? r.headline, parts: partsOf(r), at: r.holdReason?.at ?? r.createdAt, button: 'Decide',
})

const paused = (r: RolloutLine, f: Facts): Need => ({ ...held(r, f), rank: 4, kind: 'paused', word: 'Paused', text: `${r.headline} Nothing moves until someone resumes.`, at: r.startedAt ?? r.createdAt, button: 'Open' })

/** A failure stays until something newer is under way there, or a day has passed and no hold is left of it: nobody should find it by chance. */
function ended(r: EndedRollout, f: Facts): Need | null {
  const hold = r.hold?.release?.id === r.release?.id ? r.hold : null
  if (!r.endedAt || (!hold && f.nowMs - Date.parse(r.endedAt) > dayMs) || f.open.some((o) => o.target.id === r.target.id)) return null
  const back = r.state === 'rolled_back' && r.stable?.version ? `, ${r.release?.version ?? 'an unknown release'} back to ${r.stable.version}` : r.release ? `, ${r.release.version}` : ''
  const onHold = hold ? ` ${r.release?.version ?? 'It'} is on hold: nothing ships it again until somebody lifts that.` : ''
  return {
    ...held(r, f), key: `ended ${r.id}`, rank: 2, kind: 'fail', word: r.state === 'failed' ? 'Failed' : 'Rolled back', where: `in ${r.target.environment}${back}`, text: `${sentence(capital(r.endReason ?? r.headline))}${onHold}`,
    parts: [], at: r.endedAt, href: hold ? to(`/targets/${r.target.id}`) : to(`/rollouts/${r.id}`), button: hold ? 'Review hold' : 'Open',
  }
}

/** What is unmet, without the deadline that stands beside it, and why it was asked for. */
const approvalText = (p: PromotionSummary) => `${sentence(capital(p.unmet.map((u) => u.message.replace(/; expires in [^;]+/, '')).join('; ') || p.headline))}${p.reason ? ` “${p.reason}”` : ''}`

function promotion(p: WaitingPromotion, f: Facts): Need | null {
  const view = f.views.get(p.id)
  // Until the server has said so, what the roles say: else the list would grow while it is looked at.
  const byRole = f.me !== null && f.me.name !== p.requestedBy && rolesOpen(f.me.roles, ['approve'], { application: p.application, environment: p.environment })
  const may = (action: 'approve' | 'start') => view?.actions.some((a) => a.action === action && a.allowed) ?? (action === 'approve' && byRole)
  const base = { key: `promotion ${p.id}`, kind: 'waiting' as const, title: `${f.title(p.application)} ${p.release.version}`, href: to(`/promotions/${p.id}`), where: `to ${p.environment}`, parts: [], at: p.createdAt, due: null, by: `asked by ${p.requestedBy}` }
  if (p.state === 'ready' && may('start')) return { ...base, rank: 1, word: 'Start', text: p.headline, button: 'Review' }
  if (p.state === 'pending' && may('approve')) return { ...base, rank: 1, word: 'Approval', text: approvalText(p), due: p.deniedAt, button: 'Review' }
  return null
}

const unreviewed = (p: PromotionSummary, f: Facts): Need => ({
  key: `override ${p.id}`, rank: 1, kind: 'held', word: 'Break-glass', title: `${f.title(p.application)} ${p.release.version}`, due: null, by: `asked by ${p.requestedBy}`, href: to(`/promotions/${p.id}`),
  where: `to ${p.environment}`, text: `Somebody broke the glass for it${p.startedAt !== null ? '' : p.endedAt !== null ? ', and it ended before it started' : ', and it has not started'}; nobody else has looked at that yet.`, parts: [], at: p.createdAt, button: 'Review',
})

const drifted = (f: Facts): Need[] =>
  f.drifted.flatMap((t) =>
    t.drift && !t.openRollout
      ? [{ key: `drift ${t.id}`, rank: 1, kind: 'held' as const, word: 'Changed outside', title: `${f.title(t.application)} ${t.service}`, due: null, by: `by ${t.drift.actor}`, href: to(`/targets/${t.id}`), where: `in ${t.environment}`, text: t.drift.message, parts: splitParts(t.drift.observed, t.stable?.revision ?? null, Object.keys(t.drift.observed).find((n) => n !== t.stable?.revision) ?? null), at: t.drift.since, button: 'Decide' }]
      : [],
  )

/** What needs this person: held first, then what they can let go on or must look at, then what failed, then what rests. */
export function needsOf(f: Facts): Need[] {
  const all = [
    ...f.open.filter((r) => r.state === 'held').map((r) => held(r, f)),
    ...drifted(f),
    ...f.promotions.map((p) => promotion(p, f)),
    ...f.overridden.map((p) => unreviewed(p, f)),
    ...f.ended.map((r) => ended(r, f)),
    ...f.open.filter((r) => r.state === 'paused').map((r) => paused(r, f)),
  ].filter((n) => n !== null)
  return all.sort((a, b) => a.rank - b.rank || b.at.localeCompare(a.at))
}
