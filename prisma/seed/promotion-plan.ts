import type { GateView } from '#lib/gates/schema.ts'
import type { Observation } from '#lib/drivers/runtime.ts'
import { durationText } from '#lib/platform/words.ts'
import type { PromotionPlan, TargetPlan } from '#lib/promotions/contract.ts'
import { hashOf } from '#lib/promotions/content.ts'
import { forecastOf } from '#lib/promotions/plan.ts'
import { targetPlan } from '#lib/promotions/plan-target.ts'
import { demoPeople } from '#prisma/seed/people.ts'
import { seedCommit } from '#prisma/seed/random.ts'
import type { SceneAsked, SceneRollout, Scenes } from '#prisma/seed/scenes.ts'

/** What served before: the revision and release of a target at that time; null before the first. */
export type Before = { revision: string; rollout: SceneRollout } | null

/** The live state as a plan of that day would have read it: one revision at 100%, same config as now. */
function observationOf(before: Before): Observation {
  const live = before ? [{ revision: before.revision, latest: false, percent: 100, tag: null, uri: null }] : []
  return {
    exists: before !== null, etag: '', uri: null, settled: true, failure: null, traffic: live, statuses: live, split: before ? { [before.revision]: 100 } : {}, namesLatest: false,
    latestReady: before?.revision ?? null, latestCreated: before?.revision ?? null, lastModifier: null, config: {}, image: before?.rollout.plan.image ?? null,
  }
}

export function promotionPlanOf({ model }: Scenes, p: SceneAsked, beforeOf: (service: string) => Before): PromotionPlan {
  const targets = p.content.groups.flatMap((group, index) => group.flatMap((service) => targetPlanOf(p, service, index, beforeOf(service))))
  return {
    planHash: hashOf({ seed: p.id }),
    contentHash: p.contentHash,
    release: { id: p.what.id, version: p.what.version, commit: seedCommit(model.name, p.what.version) },
    application: model.name,
    environment: p.environment,
    targets,
    changes: targets.flatMap((t) => t.changes.filter((c) => c.op !== 'same').map((c) => ({ ...c, path: `${t.service}: ${c.path}` }))),
    stays: model.services.map((s) => s.name).filter((s) => !p.what.services.includes(s)),
    gates: [],
    steps: targets[0]?.steps ?? [],
    forecast: forecastOf(p.content),
    refusals: [],
    rollback: targets.map((t) => ({ service: t.service, ready: t.from.revision !== null, revision: t.from.revision, summary: t.from.revision ? `100% back to ${t.from.revision} ${t.from.version ?? ''} in one write` : 'first release: there is nothing to go back to' })),
  }
}

function targetPlanOf(p: SceneAsked, service: string, group: number, before: Before): TargetPlan[] {
  const wanted = p.content.targets[service]
  const artifact = p.what.artifacts.find((a) => a.service === service)
  if (!wanted || !artifact) return []
  const known = before ? { [before.revision]: { image: before.rollout.plan.image, version: before.rollout.release.version } } : {}
  const plan = targetPlan({
    target: wanted.id, group, plan: { ...wanted.plan, config: {} }, image: artifact.image, version: p.what.version,
    live: { kind: 'read', observation: observationOf(before), asOfMs: p.requestedMs }, known, stableRevision: before?.revision ?? null, samplePeriodMs: 60_000,
  })
  return [plan]
}

/** The gates as they were when it started or ended; of an open one, as they are. */
export function gatesOf({ model }: Scenes, p: SceneAsked): GateView[] {
  const environment = model.environments.find((e) => e.name === p.environment)
  const by = p.approval ? demoPeople[p.approval.by].name : null
  const approvals = (environment?.approvals ?? []).map((rule): GateView => {
    const base = { kind: 'approvals' as const, name: rule.name, unmet: [] }
    if (p.ending === 'rejected') return { ...base, state: 'denied', summary: `rejected by ${by ?? ''}` }
    return by === null ? { ...base, state: 'unmet', summary: `0 of ${rule.count} approvals` } : { ...base, state: 'met', summary: `${rule.count} of ${rule.count}: approved by ${by}` }
  })
  const upstream = (environment?.after ?? []).map((a): GateView => ({ kind: 'upstream', name: a.environment, state: 'met', summary: `healthy at 100% in ${a.environment} for ${durationText(a.soakMs)}`, unmet: [] }))
  return [...approvals, ...upstream]
}
