import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { alphas, comparisonsOf, hasCounted } from '#lib/engine/compare/evidence.ts'
import type { Evidence } from '#lib/engine/compare/schema.ts'
import { findEvidence, findLooks } from '#lib/engine/compare/store.ts'
import { type listVerdicts, looksAtMost, pastAtMost, type PastVerdicts, type RolloutEvidence, type viewEvidence } from '#lib/evidence/contract.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { isoOf } from '#lib/platform/time.ts'
import { findPast, pastView } from '#lib/evidence/past.ts'
import { visible } from '#lib/rollouts/service.ts'
import { visibleTarget } from '#lib/targets/access.ts'

/** What the comparisons of one rollout rest on, as the engine stored it; the source is not asked. */
export async function view(actor: Actor, { id }: Parsed<typeof viewEvidence>): Promise<RolloutEvidence> {
  const r = await visible(actor, id)
  const rules = comparisonsOf(r.plan.analysis)
  const [found, looks, now] = await Promise.all([rules.length > 0 ? findEvidence(r.id) : null, rules.length > 0 ? findLooks(r.id, looksAtMost) : [], nowMs()])
  // Without a look that counts there is nothing yet: what was recorded in a warm-up or at 100% was compared with nothing.
  const e = found !== null && hasCounted(found) ? found : null
  const alpha = alphas(r.plan.analysis)
  const arm = (name: 'stable' | 'candidate') => e && { requests: e.judge.totals[name].requests, errors: e.judge.totals[name].errors }
  return {
    rollout: r.id,
    state: r.state,
    rules: rules.map((rule) => ({ name: rule.name, metric: rule.metric, mode: rule.mode, alpha: alpha.get(rule.name) ?? 0, points: looks.map((l) => ({ at: isoOf(l.toMs), evidence: l.byRule[rule.name] ?? null })) })),
    from: e && isoOf(e.fromMs),
    to: e && isoOf(e.toMs),
    stable: arm('stable'),
    candidate: arm('candidate'),
    latency: e && latencyOf(e),
    now: isoOf(now),
  }
}

function latencyOf(e: Evidence): RolloutEvidence['latency'] {
  const { stable, candidate } = e.judge.totals
  const buckets = e.past.innerMs.length + 1
  if (e.past.innerMs.length === 0 || (stable.latency.length !== buckets && candidate.latency.length !== buckets)) return null
  const whole = (counts: readonly number[]) => (counts.length === buckets ? [...counts] : Array<number>(buckets).fill(0))
  return { innerMs: e.past.innerMs, stable: whole(stable.latency), candidate: whole(candidate.latency) }
}

/** What rules said last of the newest rollouts of a target. */
export async function verdicts(actor: Actor, { id }: Parsed<typeof listVerdicts>): Promise<PastVerdicts> {
  const t = await visibleTarget(actor, id)
  const rollouts = await findPast(t.id, pastAtMost)
  return {
    items: rollouts.map((r) => ({ ...pastView(r), verdicts: r.verdicts })),
    now: isoOf(await nowMs()),
  }
}
