import { systemActor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { readBlueprint } from '#lib/blueprints/read.ts'
import { applyIn } from '#lib/blueprints/service.ts'
import { planRows } from '#lib/blueprints/rows.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import { eventsOf } from '#prisma/seed/events.ts'
import { actorOf } from '#prisma/seed/people.ts'
import { gatesOf, promotionPlanOf, type Before } from '#prisma/seed/promotion-plan.ts'
import { seedCommit, seedId } from '#prisma/seed/random.ts'
import { json, type Names, nameOf, rolloutRows } from '#prisma/seed/rollout-rows.ts'
import { playStory, type SceneAsked, type ScenePromotion, type SceneRollout, type Scenes, targetKey } from '#prisma/seed/scenes.ts'

export type Shipped = { yaml: string; read: Extract<ReturnType<typeof readBlueprint>, { ok: true }> }

export function readShipped(yaml: string): Shipped {
  const read = readBlueprint(yaml)
  if (!read.ok) throw new Error(`a shipped blueprint is broken: ${JSON.stringify(read.problems[0])}`)
  return { yaml, read }
}

/** Ids of an application's rows, the same in every installation. */
function idsOf(slug: string): () => string {
  let n = 0
  return () => seedId('row', slug, n++)
}

/** The story of one shipped blueprint, with the target ids that `writeHistory` will give. */
export function scenesOf({ read: { model } }: Shipped, dayEndMs: number, startMs = dayEndMs): Scenes {
  const rows = planRows(model, { services: [], environments: [], targets: [] }, idsOf(model.name))
  const slug = (list: readonly { id: string; slug: string }[], id: string) => list.find((r) => r.id === id)?.slug ?? ''
  const targetIds = new Map(rows.targets.map((t) => [targetKey(slug(rows.environments, t.environmentId), slug(rows.services, t.serviceId)), t.id]))
  return playStory(model, targetIds, dayEndMs, startMs)
}

/** Writes application, releases, promotions, rollouts, revisions and audit of one story. In the caller's transaction. */
export async function writeHistory(tx: Tx, shipped: Shipped, scenes: Scenes, names: Names): Promise<void> {
  const { model, story } = scenes
  await applyIn(tx, systemActor('demo'), shipped.read, { yaml: shipped.yaml }, { atMs: story.beginMs, newId: idsOf(model.name) })
  const application = await tx.application.findUniqueOrThrow({ where: { slug: model.name }, include: { services: true, environments: true } })
  const developer = actorOf('developer')
  await tx.release.createMany({
    data: scenes.releases.map((r) => ({
      id: r.id, applicationId: application.id, version: r.version, state: r.veto ? ('vetoed' as const) : ('active' as const), stateReason: r.veto?.reason ?? null,
      commit: seedCommit(model.name, r.version), author: r.author, notes: r.note, evidence: { tests: 'passed' }, createdBy: developer.name, createdById: developer.id, createdAt: new Date(r.atMs),
    })),
  })
  const serviceId = (slug: string) => application.services.find((s) => s.slug === slug)?.id ?? ''
  await tx.artifact.createMany({ data: scenes.releases.flatMap((r) => r.artifacts.map((a) => ({ id: seedId('artifact', r.id, a.service), releaseId: r.id, serviceId: serviceId(a.service), image: a.image, repository: a.repository, tag: a.tag, digest: a.digest }))) })
  const environmentId = (slug: string) => application.environments.find((e) => e.slug === slug)?.id ?? ''
  await tx.promotion.createMany({ data: [...promotionRows(scenes, names, environmentId), ...openRows(scenes, names, environmentId)] })
  await tx.approval.createMany({ data: [...scenes.promotions, ...scenes.open].flatMap(approvalRow) })
  const { rollouts, evidence, looks, revisions, holds } = rolloutRows(scenes, names)
  await tx.rollout.createMany({ data: rollouts })
  await tx.rolloutEvidence.createMany({ data: evidence })
  await tx.rolloutMeasurement.createMany({ data: looks })
  await tx.targetRevision.createMany({ data: revisions })
  await tx.targetHold.createMany({ data: holds })
  await settleTargets(tx, scenes, names)
  for (const event of eventsOf(scenes, names)) await record(tx, event)
}

function promotionRows(scenes: Scenes, names: Names, environmentId: (slug: string) => string): Prisma.PromotionCreateManyInput[] {
  const developer = actorOf('developer')
  return scenes.promotions.map((p) => ({
    id: p.id, releaseId: p.what.id, environmentId: environmentId(p.environment), state: p.state, requestedById: developer.id, requestedBy: developer.name, reason: p.reason,
    start: 'auto', content: json(p.content), contentHash: p.contentHash, plan: json(promotionPlanOf(scenes, p, (service) => beforeOf(scenes, names, p, service))),
    gates: json({ views: gatesOf(scenes, p), unmet: [] }), endReason: endReason(p), createdAt: new Date(p.requestedMs), ...(p.startMs !== null && { startedAt: new Date(p.startMs) }), endedAt: new Date(p.endMs), version: 4,
  }))
}

/** The worker finds them by `wakeAt`, judges the gates itself and goes on as it does for anyone's. */
function openRows(scenes: Scenes, names: Names, environmentId: (slug: string) => string): Prisma.PromotionCreateManyInput[] {
  const developer = actorOf('developer')
  return scenes.open.map((p) => ({
    id: p.id, releaseId: p.what.id, environmentId: environmentId(p.environment), state: 'pending', requestedById: developer.id, requestedBy: developer.name, reason: p.reason,
    start: p.content.policy.start, content: json(p.content), contentHash: p.contentHash, plan: json(promotionPlanOf(scenes, p, (service) => beforeOf(scenes, names, p, service))),
    gates: json({ views: gatesOf(scenes, p), unmet: [] }), createdAt: new Date(p.requestedMs), wakeAt: new Date(p.requestedMs),
  }))
}

function endReason(p: ScenePromotion): string | null {
  if (p.ending === 'rejected') return p.approval?.comment ?? 'rejected'
  if (p.ending === 'cancelled') return 'Found a mistake in the release notes; asking again with the next one'
  return p.rollouts.find((r) => r.story.state !== 'succeeded')?.story.endReason ?? null
}

const approvalRow = (p: SceneAsked): Prisma.ApprovalCreateManyInput[] =>
  p.approval === null ? [] : [{ id: seedId('approval', p.id), promotionId: p.id, personId: actorOf(p.approval.by).id, personName: actorOf(p.approval.by).name, decision: p.ending === 'rejected' ? 'reject' : 'approve', contentHash: p.contentHash, comment: p.approval.comment, at: new Date(p.approval.atMs) }]

/** What served when it was asked for: the last that reached 100% before, unless it was gone back from. */
function beforeOf(scenes: Scenes, names: Names, p: SceneAsked, service: string): Before {
  const rollout = servingAt(scenes, targetKey(p.environment, service), p.requestedMs)
  return rollout && { revision: nameOf(names, rollout), rollout }
}

function servingAt(scenes: Scenes, key: string, atMs: number): SceneRollout | null {
  const own = scenes.promotions.flatMap((p) => p.rollouts).filter((r) => targetKey(r.environment, r.service) === key && r.story.state === 'succeeded' && r.story.endMs <= atMs)
  const last = own.toSorted((a, b) => a.story.endMs - b.story.endMs).at(-1) ?? null
  const press = scenes.presses.find((x) => x.from.id === last?.id && x.atMs <= atMs)
  return press ? press.to : last
}

/** Stable, and what is intended, as the last act of each target left it. */
async function settleTargets(tx: Tx, scenes: Scenes, names: Names): Promise<void> {
  const all = scenes.promotions.flatMap((p) => p.rollouts)
  for (const targetId of new Set(all.map((r) => r.targetId))) {
    const own = all.filter((r) => r.targetId === targetId).toSorted((a, b) => a.startMs - b.startMs)
    const last = own.at(-1)
    const stable = last && servingAt(scenes, targetKey(last.environment, last.service), Infinity)
    if (!last || !stable) continue
    const press = scenes.presses.find((x) => x.to.id === stable.id && own.every((r) => r.startMs <= x.atMs))
    const fullMs = press ? press.atMs + 3000 : (stable.story.writes.findLast((w) => w.percent === 100)?.atMs ?? stable.story.endMs)
    const deploy = last.plan.steps.find((s) => s.kind === 'deploy')
    const name = nameOf(names, stable)
    await tx.target.update({
      where: { id: targetId },
      data: { stableRevision: name, stableReleaseId: stable.release.id, stableSince: new Date(fullMs), intended: { split: { [name]: 100 }, tags: deploy?.tag ? { [deploy.tag]: nameOf(names, last) } : {} } },
    })
  }
}
