import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { canonicalJson } from '#lib/audit/chain.ts'
import type { Arm, RolloutPlan, RuleVerdict } from '#lib/rollouts/schema.ts'
import { actorOf, demoPeople } from '#prisma/seed/people.ts'
import { seedId } from '#prisma/seed/random.ts'
import { evidenceRow, lookRow } from '#lib/engine/compare/store.ts'
import { watchBakes } from '#prisma/seed/watch.ts'
import { liftAfterMs, liftReason } from '#prisma/seed/events.ts'
import type { ScenePress, ScenePromotion, SceneRollout, Scenes } from '#prisma/seed/scenes.ts'

export type Names = ReadonlyMap<string, string>
type RolloutRows = { rollouts: Prisma.RolloutCreateManyInput[]; evidence: Prisma.RolloutEvidenceCreateManyInput[]; looks: Prisma.RolloutMeasurementCreateManyInput[]; revisions: Prisma.TargetRevisionCreateManyInput[]; holds: Prisma.TargetHoldCreateManyInput[] }

export const nameOf = (names: Names, rollout: SceneRollout): string => {
  const name = names.get(rollout.id)
  if (name === undefined) throw new Error(`rollout ${rollout.id} has no revision`)
  return name
}
/** Plain data of our own types, as jsonb keeps it. */
export const json = (value: unknown): Prisma.InputJsonValue => JSON.parse(JSON.stringify(value)) as Prisma.InputJsonValue

const armOf = (r: SceneRollout, names: Names): Arm => ({ revision: nameOf(names, r), digest: r.artifact.digest, image: r.plan.image, releaseId: r.release.id, version: r.release.version })

export function rolloutRows(scenes: Scenes, names: Names): RolloutRows {
  const all = scenes.promotions.flatMap((p) => p.rollouts.map((rollout) => ({ p, rollout, watched: watchBakes(rollout.plan, rollout.story.bakes, rollout.words) })))
  const byId = new Map(all.map(({ rollout }) => [rollout.id, rollout]))
  const regretted = new Set(scenes.presses.map((press) => press.from.id))
  return {
    rollouts: [...all.map(({ p, rollout, watched }) => rolloutRow(p, rollout, watched.verdicts, byId, names)), ...scenes.presses.map((press) => pressRow(press, names))],
    evidence: all.flatMap(({ rollout, watched }) => watched.added.slice(-1).map((n) => evidenceRow(rollout.id, n))),
    looks: all.flatMap(({ rollout, watched }) => watched.added.map((n) => lookRow(rollout.id, n))),
    revisions: all.map(({ rollout }) => revisionRow(rollout, regretted.has(rollout.id), names)),
    holds: [...all.flatMap(({ p, rollout }) => (rollout.story.state === 'rolled_back' ? [holdRow(rollout, rollout.id, rollout.story.endMs, rollout.story.endReason ?? '', 'engine', p.holdStays)] : [])), ...scenes.presses.map((press) => holdRow(press.from, press.id, press.atMs, press.reason, demoPeople[press.by].name))],
  }
}

function rolloutRow(p: ScenePromotion, r: SceneRollout, verdicts: readonly RuleVerdict[], byId: ReadonlyMap<string, SceneRollout>, names: Names): Prisma.RolloutCreateManyInput {
  const { story } = r
  const stable = r.stableId === null ? undefined : byId.get(r.stableId)
  const candidate = armOf(r, names)
  const share = story.writes.at(-1)?.percent ?? 0
  const split = { ...(share > 0 && { [candidate.revision]: share }), ...(share < 100 && stable && { [nameOf(names, stable)]: 100 - share }) }
  const requestedBy = actorOf('developer')
  return {
    id: r.id, targetId: r.targetId, promotionId: p.id, releaseId: r.release.id, kind: 'promotion', state: story.state, groupIndex: r.group,
    plan: json(r.plan), contentHash: p.contentHash, steps: json(story.runs), stepIndex: story.stepIndex,
    ...(stable && { stable: json(armOf(stable, names)) }), candidate: json(candidate), desiredSplit: json(split), observedSplit: json(split), observedAt: new Date(story.endMs),
    verdicts: json(verdicts.map((v) => ({ ...v, revision: candidate.revision }))),
    endReason: story.endReason, createdBy: requestedBy.name, createdById: requestedBy.id, version: story.runs.length * 2 + story.writes.length,
    createdAt: new Date(r.startMs), startedAt: new Date(r.startMs), endedAt: new Date(story.endMs),
  }
}

/** A rollback is one write: no steps, nothing deployed. */
function pressRow(press: ScenePress, names: Names): Prisma.RolloutCreateManyInput {
  const to = nameOf(names, press.to)
  const by = actorOf(press.by)
  const plan: RolloutPlan = { service: press.from.service, provider: 'cloud-run', locator: press.from.plan.locator, metrics: null, strategy: '', steps: [], analysis: { notEnoughData: { afterMs: 0, then: 'ask' }, cannotMeasure: { afterMs: 0, then: 'ask' }, rules: [] }, config: {}, image: '', digest: '' }
  return {
    id: press.id, targetId: press.from.targetId, releaseId: press.to.release.id, kind: 'rollback', state: 'succeeded', plan: json(plan), contentHash: canonicalJson({ to }), steps: [], verdicts: [],
    stable: json(armOf(press.to, names)), candidate: json(armOf(press.from, names)), desiredSplit: { [to]: 100 }, observedSplit: { [to]: 100 }, observedAt: new Date(press.atMs + 3000),
    createdBy: by.name, createdById: by.id, version: 3, createdAt: new Date(press.atMs), startedAt: new Date(press.atMs), endedAt: new Date(press.atMs + 3000),
  }
}

const outcomes: Readonly<Record<string, string>> = { rolled_back: 'rolled_back', failed: 'failed' }

function revisionRow(r: SceneRollout, isRegretted: boolean, names: Names): Prisma.TargetRevisionCreateManyInput {
  const isProven = r.story.state === 'succeeded'
  return {
    targetId: r.targetId, name: nameOf(names, r), image: r.plan.image, digest: r.artifact.digest, releaseId: r.release.id, rolloutId: r.id, ready: true, createdAt: new Date(r.story.deployedMs),
    ...(isProven && { proven: 'proven', provenAt: new Date(r.story.endMs) }), outcome: isRegretted ? 'rolled_back' : (outcomes[r.story.state] ?? null),
  }
}

/** Lifted since, but for the one of the last evening: a hold in force is somebody's to look at. */
const holdRow = (r: SceneRollout, rolloutId: string, atMs: number, reason: string, byName: string, stays = false): Prisma.TargetHoldCreateManyInput => ({
  id: seedId('hold', rolloutId), targetId: r.targetId, digests: [r.artifact.digest], releaseId: r.release.id, rolloutId, reason, byName, at: new Date(atMs),
  ...(!stays && { liftedAt: new Date(atMs + liftAfterMs), liftedBy: demoPeople.manager.name, liftReason }),
})
