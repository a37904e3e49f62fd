import { capital } from '#components/ui/format.ts'
import { to } from '#components/ui/route.ts'
import type { Route } from 'next'
import { stepText } from '#components/rollouts/step-text.ts'
import type { WaitingPromotion } from '#lib/overview/contract.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'

export type Coming = { key: string; at: string; what: string; href: Route; text: string }

const shownAtMost = 8
/** The end of the step under way, what follows it, and when the whole of it is done. */
function ofRollout(r: RolloutView, title: string): Coming[] {
  const plans = r.steps.map((s) => s.plan)
  const base = { what: `${title} ${r.target.service}`, href: to(`/rollouts/${r.id}`) }
  const now = r.steps[r.stepIndex]?.plannedEndAt
  const end = r.steps.at(-1)?.plannedEndAt
  const next = r.stepIndex + 1 < r.steps.length ? stepText(plans, r.stepIndex + 1, r.candidate?.revision ?? null) : null
  return [
    ...(now && next && now !== end ? [{ ...base, key: `${r.id} step`, at: now, text: `${stepText(plans, r.stepIndex, null)} is over; then: ${next.charAt(0).toLowerCase()}${next.slice(1)}` }] : []),
    ...(end ? [{ ...base, key: `${r.id} end`, at: end, text: `${r.release?.version ?? 'the release'} is done in ${r.target.environment}, if its rules pass` }] : []),
  ]
}

/** When a gate opens by itself, and when silence denies it. */
function ofPromotion(p: WaitingPromotion, title: string): Coming[] {
  const base = { what: `${title} ${p.release.version}`, href: to(`/promotions/${p.id}`) }
  return [
    ...p.unmet.flatMap((u) => (u.opensAt ? [{ ...base, key: `${p.id} ${u.code}`, at: u.opensAt, text: `${capital(u.message)}: met by itself` }] : [])),
    ...(p.deniedAt && p.state === 'pending' ? [{ ...base, key: `${p.id} due`, at: p.deniedAt, text: `denied in ${p.environment} unless approved by then` }] : []),
  ]
}

/** What will happen without anybody doing anything, soonest first. */
export function comingUp(f: { title(slug: string): string; rollouts: readonly RolloutView[]; promotions: readonly WaitingPromotion[]; nowMs: number }): Coming[] {
  return [...f.rollouts.flatMap((r) => ofRollout(r, f.title(r.target.application))), ...f.promotions.flatMap((p) => ofPromotion(p, f.title(p.application)))]
    .filter((c) => Date.parse(c.at) > f.nowMs - 60_000)
    .sort((a, b) => a.at.localeCompare(b.at))
    .slice(0, shownAtMost)
}
