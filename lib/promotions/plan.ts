import 'server-only'
import { evaluateGates } from '#lib/gates/registry.ts'
import type { GateFacts } from '#lib/gates/gate.ts'
import { GateView } from '#lib/gates/schema.ts'
import { db } from '#lib/platform/db/client.ts'
import { durationText, listText } from '#lib/platform/words.ts'
import { blockersOf } from '#lib/promotions/blockers.ts'
import { hashOf, type PromotionContent } from '#lib/promotions/content.ts'
import type { PromotionPlan, TargetPlan } from '#lib/promotions/contract.ts'
import { readLive, type LiveTarget } from '#lib/promotions/live.ts'
import { targetPlan } from '#lib/promotions/plan-target.ts'
import type { Subject } from '#lib/promotions/subject.ts'
import { bakesOf } from '#lib/rollouts/bakes.ts'

/** Who asks, since when: what the gates count from. A plan alone is asked for by its reader, now. */
export type Asked = { promotionId: string | null; requestedById: string; requestedAtMs: number; nowMs: number; overriddenBy: string | null }

export const gateFacts = (s: Subject, asked: Asked): GateFacts => ({
  nowMs: asked.nowMs,
  promotionId: asked.promotionId,
  requestedById: asked.requestedById,
  requestedAtMs: asked.requestedAtMs,
  contentHash: s.contentHash,
  applicationId: s.application.id,
  environmentId: s.environment.id,
  release: s.release,
  policy: s.content.policy,
})

/**
 * What the promotion would change against the live state, read now. Writes nothing but the targets' snapshots. A cloud
 * that cannot be read makes that target `unreadable` and does not fail the plan.
 */
export async function buildPlan(s: Subject, asked: Asked): Promise<PromotionPlan> {
  const [live, gates, refusals] = await Promise.all([readLive(s), evaluateGates(db, gateFacts(s, asked), asked.overriddenBy), blockersOf(db, s)])
  const targets = s.targets.flatMap((t) => planOne(s, t.service, live))
  const steps = targets[0]?.steps ?? []
  return {
    planHash: hashOf({ content: s.contentHash, from: fromStates(s, live) }),
    contentHash: s.contentHash,
    release: { id: s.release.id, version: s.release.version, commit: s.release.commit },
    application: s.application.slug,
    environment: s.environment.slug,
    targets,
    changes: targets.flatMap((t) => t.changes.filter((c) => c.op !== 'same').map((c) => ({ ...c, path: `${t.service}: ${c.path}` }))),
    stays: s.stays,
    gates: gates.map((g) => GateView.parse(g)),
    steps,
    forecast: forecastOf(s.content),
    refusals,
    rollback: s.targets.map((t) => wayBack(t.service, live.get(t.service), targets.find((p) => p.service === t.service))),
  }
}

function planOne(s: Subject, service: string, live: ReadonlyMap<string, LiveTarget>): TargetPlan[] {
  const wanted = s.content.targets[service]
  const seen = live.get(service)
  const row = s.targets.find((t) => t.service === service)
  if (!wanted || !seen || !row) return []
  const image = s.release.artifacts.find((a) => a.service === service)?.image ?? wanted.plan.image
  const group = s.content.groups.findIndex((g) => g.includes(service))
  return [targetPlan({ target: row.id, group, plan: wanted.plan, image, version: s.release.version, live: seen.state, known: seen.known, stableRevision: row.stableRevision, samplePeriodMs: seen.samplePeriodMs })]
}

/** What a plan was made from: whoever carries its hash is told when any of this moved. Counts of readers and times are no part. */
function fromStates(s: Subject, live: ReadonlyMap<string, LiveTarget>): unknown {
  return s.targets.map((t) => {
    const state = live.get(t.service)?.state
    if (state?.kind !== 'read') return { service: t.service, live: 'unreadable' }
    const { exists, image, split, traffic, config } = state.observation
    return { service: t.service, exists, image, split, config, traffic: traffic.map(({ revision, latest, percent, tag }) => ({ revision, latest, percent, tag })) }
  })
}

/** The sum of what each group must wait for; a group takes as long as its slowest service. */
export function forecastOf(content: PromotionContent): PromotionPlan['forecast'] {
  const bakeMs = (service: string) => {
    const plan = content.targets[service]?.plan
    return plan ? bakesOf(plan).reduce((sum, bake) => sum + bake.leastMs, 0) : 0
  }
  const totalMs = content.groups.reduce((sum, group) => sum + Math.max(0, ...group.map(bakeMs)), 0)
  const weights = [...new Set(content.groups.flat().map((service) => (content.targets[service]?.plan.steps ?? []).flatMap((s) => (s.kind === 'setWeight' ? [`${s.percent}%`] : [])).join(' → ')))]
  const order = content.groups.length > 1 ? `, ${listText(content.groups.map((g) => g.join(' with ')), 'then')}` : ''
  const waits = content.groups.flat().some((service) => content.targets[service]?.plan.steps.some((s) => s.kind === 'approve')) ? ', and a person on the way' : ''
  return { minimumSeconds: Math.ceil(totalMs / 1000), text: `at least ${durationText(totalMs)}${weights[0] ? `: ${weights.join('; ')}` : ''}${order}${waits}` }
}

/** What rolling back after this promotion would lead to: the revision that serves now. */
function wayBack(service: string, live: LiveTarget | undefined, plan: TargetPlan | undefined): PromotionPlan['rollback'][number] {
  const none = (summary: string) => ({ service, ready: false, revision: null, summary })
  if (!live || live.state.kind !== 'read') return none('not known: the live state could not be read')
  if (!live.state.observation.exists) return none('first release: there is nothing to go back to')
  const name = plan?.from.revision ?? null
  if (name === null) return none('no revision serves now')
  const revision = live.revisions.find((r) => r.name === name)
  const shown = [name, plan?.from.version].filter(Boolean).join(' ')
  if (!revision?.ready) return { service, ready: false, revision: name, summary: `${shown} serves but is not ready: ${revision?.message ?? 'it is not in the list of revisions'}` }
  if (live.known[name]?.imageFound === false) return { service, ready: false, revision: name, summary: `the image of ${shown} is gone from the registry` }
  return { service, ready: true, revision: name, summary: `100% back to ${shown} in one write` }
}
