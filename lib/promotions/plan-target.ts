import type { Observation } from '#lib/drivers/runtime.ts'
import type { TargetPlan } from '#lib/promotions/contract.ts'
import { configChanges, floatingSecrets, mergedConfig } from '#lib/promotions/plan-config.ts'
import { durationText } from '#lib/platform/words.ts'
import type { RolloutPlan } from '#lib/rollouts/schema.ts'

export type LiveState = { kind: 'read'; observation: Observation; asOfMs: number } | { kind: 'unreadable'; error: string }

export type TargetPlanFacts = {
  target: string
  group: number
  plan: RolloutPlan
  /** As named by the release. */
  image: string
  version: string
  live: LiveState
  /** What Sluice knows of revisions by name: the template alone tells only the newest one's image. */
  known: Readonly<Record<string, { image: string; version: string | null }>>
  stableRevision: string | null
  /** Metrics cannot tell more often than this. */
  samplePeriodMs: number
}

/** What would happen to one target, in words and values. Pure. */
export function targetPlan(f: TargetPlanFacts): TargetPlan {
  const observation = f.live.kind === 'read' ? f.live.observation : null
  const from = observation ? servingRevision(f, observation) : { revision: null, image: null, version: null }
  const to = { image: f.plan.image, digest: f.plan.digest, version: f.version }
  const next = mergedConfig(observation?.config ?? {}, f.plan.config)
  const { changes, unchanged } = configChanges(observation?.config ?? {}, next)
  const image = imageChange(observation, from, f)
  return {
    target: f.target,
    service: f.plan.service,
    locator: f.plan.locator,
    group: f.group,
    strategy: f.plan.strategy,
    live: observation === null ? 'unreadable' : observation.exists ? 'live' : 'absent',
    liveError: f.live.kind === 'unreadable' ? f.live.error : null,
    asOf: f.live.kind === 'read' ? new Date(f.live.asOfMs).toISOString() : null,
    from,
    to,
    changes: [image, ...(observation ? changes : [])],
    unchanged,
    steps: f.plan.steps,
    traffic: observation === null ? ['not known until the live state can be read'] : observation.exists ? trafficWrites(f.plan, observation, from.revision) : firstRelease(f.plan),
    notes: notes(f, observation, next),
  }
}

function servingRevision(f: TargetPlanFacts, o: Observation): TargetPlan['from'] {
  const serving = Object.entries(o.split).filter(([, percent]) => percent > 0).sort(([, a], [, b]) => b - a)
  const isStableServing = f.stableRevision !== null && (o.split[f.stableRevision] ?? 0) > 0
  const revision = isStableServing ? f.stableRevision : (serving[0]?.[0] ?? null)
  const known = revision === null ? undefined : f.known[revision]
  return { revision, image: known?.image ?? (revision !== null && revision === o.latestCreated ? o.image : null), version: known?.version ?? null }
}

function imageChange(o: Observation | null, from: TargetPlan['from'], f: TargetPlanFacts): TargetPlan['changes'][number] {
  const after = `${f.version} ${f.plan.image}`
  if (o === null) return { op: 'change', path: 'image', before: 'unknown: the live state could not be read', after }
  if (!o.exists) return { op: 'add', path: 'image', before: null, after }
  if (from.image?.endsWith(f.plan.digest)) return { op: 'same', path: 'image', before: after, after }
  const before = [from.version, from.image].filter(Boolean).join(' ') || `unknown image of ${from.revision ?? 'a service without traffic'}`
  return { op: 'change', path: 'image', before, after }
}

const tagOf = (plan: RolloutPlan): string | null => {
  const deploy = plan.steps.find((s) => s.kind === 'deploy')
  return deploy?.tag ?? null
}

function firstRelease(plan: RolloutPlan): string[] {
  const tag = tagOf(plan)
  return [
    `creates the service ${plan.locator.service} with this image, which serves 100% from the start`,
    `pins 100% to the new revision by name${tag === null ? '' : ` and gives it the tag ${tag}`}`,
    ...(plan.steps.some((s) => s.kind === 'setWeight') ? ['weight steps are skipped: there is nothing to share traffic with'] : []),
  ]
}

function trafficWrites(plan: RolloutPlan, o: Observation, stable: string | null): string[] {
  const tag = tagOf(plan)
  const tagged = tag === null ? undefined : o.traffic.find((t) => t.tag === tag)
  const moved = tagged ? `, which moves from ${tagged.revision || o.latestReady || 'the latest revision'}` : ''
  return [
    ...(o.namesLatest ? [`pins ${o.latestReady ?? 'the revision that is ready'} by name first, live says LATEST`] : []),
    tag === null ? 'deploys a new revision at 0%' : `deploys a new revision at 0% with the tag ${tag}${moved}`,
    ...plan.steps.filter((s) => s.kind === 'setWeight').map((s) => (s.percent === 100 ? '100% to the new revision' : `${s.percent}% to the new revision, ${100 - s.percent}% to ${stable ?? 'the stable one'}`)),
  ]
}

function notes(f: TargetPlanFacts, o: Observation | null, next: Readonly<Record<string, string>>): string[] {
  const out: string[] = []
  const bakes = f.plan.steps.some((s) => s.kind === 'bake')
  if (o && !o.exists) out.push('first release here: there is nothing to go back to if it fails')
  if (o?.exists && Object.values(o.split).filter((percent) => percent > 0).length > 1) out.push(`live traffic is split now: ${Object.entries(o.split).map(([r, p]) => `${p}% ${r}`).join(', ')}`)
  if (o && !o.settled) out.push('the service is still settling after another change')
  if (o?.failure) out.push(`the last change of the service failed: ${o.failure}`)
  if (o?.config['sessionAffinity'] === 'on') out.push('session affinity is on: clients stay on the revision they met first, so observed shares lag behind the split')
  if (bakes && f.plan.metrics === null) out.push('no metrics: a bake is time alone')
  else if (bakes && f.plan.analysis.rules.length === 0) out.push('no rules: a bake is time alone')
  if (f.plan.metrics !== null)
    for (const rule of f.plan.analysis.rules)
      if (rule.kind === 'threshold' && rule.overMs < f.samplePeriodMs) out.push(`rule ${rule.name} looks over ${durationText(f.samplePeriodMs)}, not ${durationText(rule.overMs)}: the metrics have no shorter period`)
  if (f.plan.analysis.warmUpMs !== undefined && f.plan.metrics !== null && f.plan.analysis.rules.length > 0) out.push(`no request counts in the first ${durationText(f.plan.analysis.warmUpMs)} after traffic moved: what fails then is found later`)
  if (f.plan.analysis.notEnoughData.then === 'advance' && f.plan.metrics !== null) out.push(`goes on without enough data after ${durationText(f.plan.analysis.notEnoughData.afterMs)}, as the strategy says`)
  return [...out, ...floatingSecrets(next)]
}
