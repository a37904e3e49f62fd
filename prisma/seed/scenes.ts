import { createHash } from 'node:crypto'
import type { BlueprintModel } from '#lib/blueprints/model.ts'
import { contentOf, hashOf, type PromotionContent } from '#lib/promotions/content.ts'
import type { PromotionState } from '#lib/promotions/state.ts'
import type { RolloutPlan } from '#lib/rollouts/schema.ts'
import type { DemoPerson } from '#prisma/seed/people.ts'
import { seedId } from '#prisma/seed/random.ts'
import { playRollout, type RolloutStory } from '#prisma/seed/rollout-story.ts'
import type { StoryOpen } from '#prisma/seed/late.ts'
import { type Story, type StoryPromotion, type StoryRelease, tellStory } from '#prisma/seed/story.ts'

export type SceneArtifact = { service: string; repository: string; tag: string; image: string; digest: string }
export type SceneRelease = StoryRelease & { id: string; artifacts: SceneArtifact[] }
export type SceneRollout = { id: string; targetId: string; environment: string; service: string; group: number; startMs: number; plan: RolloutPlan; artifact: SceneArtifact; release: SceneRelease; stableId: string | null; story: RolloutStory; /** What its numbers follow from. */ words: readonly string[] }
export type ScenePromotion = StoryPromotion & { id: string; what: SceneRelease; content: PromotionContent; contentHash: string; rollouts: SceneRollout[]; state: PromotionState; endMs: number }
/** Roll back, pressed by a person after a promotion had succeeded. */
export type ScenePress = { id: string; by: DemoPerson; atMs: number; reason: string; from: SceneRollout; to: SceneRollout }
/** Asked for and not started; the worker takes it from here. */
export type SceneOpen = StoryOpen & { id: string; what: SceneRelease; content: PromotionContent; contentHash: string }
/** What a plan is made from: any promotion, ended or open. */
export type SceneAsked = Pick<ScenePromotion, 'id' | 'environment' | 'requestedMs' | 'approval' | 'what' | 'content' | 'contentHash'> & { ending?: StoryPromotion['ending'] }
export type Scenes = { model: BlueprintModel; story: Story; releases: SceneRelease[]; promotions: ScenePromotion[]; presses: ScenePress[]; open: SceneOpen[] }

export type TargetIds = ReadonlyMap<string, string>
export const targetKey = (environment: string, service: string): string => `${environment}/${service}`

/** What the emulated registry answers for a tag (DESIGN 10), so that history and cloud name the same bytes. */
const digestOf = (image: string): string => `sha256:${createHash('sha256').update(image).digest('hex')}`

/** The story played through the blueprint: releases with their images, promotions with their rollouts. Pure. */
export function playStory(model: BlueprintModel, targetIds: TargetIds, dayEndMs: number, startMs: number): Scenes {
  const story = tellStory(model, dayEndMs, startMs)
  const releases = story.releases.map((r): SceneRelease => ({ ...r, id: seedId('release', model.name, r.version), artifacts: r.services.map((service) => artifactOf(model, service, r.version)) }))
  const stable = new Map<string, SceneRollout[]>()
  const presses: ScenePress[] = []
  const promotions = story.promotions.map((p): ScenePromotion => {
    const promotion = playPromotion(model, targetIds, releases, p, stable)
    const press = p.rolledBackAfterMs === null ? null : pressAfter(promotion, p.rolledBackAfterMs, stable)
    if (press) presses.push(press)
    return promotion
  })
  const open = story.open.map((p): SceneOpen => ({ ...p, ...askedFor(model, targetIds, releases, p) }))
  return { model, story, releases, promotions, presses, open }
}

function artifactOf(model: BlueprintModel, service: string, version: string): SceneArtifact {
  const repository = model.services.find((s) => s.name === service)?.repository ?? `us-docker.pkg.dev/${model.name}/${service}`
  const tag = `v${version}`
  const image = `${repository}:${tag}`
  return { service, repository, tag, image, digest: digestOf(image) }
}

/** The id of a promotion and what an approval of it binds to. */
function askedFor(model: BlueprintModel, targetIds: TargetIds, releases: readonly SceneRelease[], p: { release: number; environment: string }): Pick<SceneOpen, 'id' | 'what' | 'content' | 'contentHash'> {
  const what = releases[p.release]
  const environment = model.environments.find((e) => e.name === p.environment)
  if (!what || !environment) throw new Error(`the story of ${model.name} names what is not there`)
  const targets = environment.targets.map((t) => ({ id: targetIds.get(targetKey(p.environment, t.service)) ?? '', service: t.service }))
  const content = contentOf({ release: { id: what.id, version: what.version, artifacts: what.artifacts }, model, environment, targets })
  return { id: seedId('promotion', model.name, what.version, p.environment), what, content, contentHash: hashOf(content) }
}

function playPromotion(model: BlueprintModel, targetIds: TargetIds, releases: readonly SceneRelease[], p: StoryPromotion, stable: Map<string, SceneRollout[]>): ScenePromotion {
  const asked = askedFor(model, targetIds, releases, p)
  const { what, content } = asked
  const rollouts: SceneRollout[] = []
  let atMs = p.startMs
  for (const [group, services] of content.groups.entries()) {
    if (atMs === null || rollouts.some((r) => r.story.state !== 'succeeded')) break
    for (const service of services) rollouts.push(playOne(model, p, what, content, service, group, atMs, group === 0 ? p.ending : 'succeeded', stable))
    atMs = Math.max(...rollouts.map((r) => r.story.endMs)) + 2000
  }
  const endMs = p.startMs === null ? endWithoutStart(p) : (atMs ?? p.requestedMs)
  return { ...p, ...asked, rollouts, state: stateOf(p, rollouts), endMs }
}

const endWithoutStart = (p: StoryPromotion): number => p.approval?.atMs ?? p.requestedMs + 25 * 60_000

function stateOf(p: StoryPromotion, rollouts: readonly SceneRollout[]): PromotionState {
  if (p.ending === 'rejected' || p.ending === 'cancelled') return p.ending
  if (rollouts.some((r) => r.story.state === 'rolled_back')) return 'rolled_back'
  return rollouts.some((r) => r.story.state === 'failed') ? 'failed' : 'succeeded'
}

function playOne(model: BlueprintModel, p: StoryPromotion, release: SceneRelease, content: PromotionContent, service: string, group: number, startMs: number, ending: StoryPromotion['ending'], stable: Map<string, SceneRollout[]>): SceneRollout {
  const wanted = content.targets[service]
  const artifact = release.artifacts.find((a) => a.service === service)
  if (!wanted || !artifact) throw new Error(`${release.version} does not ship ${service} to ${p.environment}`)
  const key = targetKey(p.environment, service)
  const before = stable.get(key)?.at(-1) ?? null
  const words = [model.name, release.version, p.environment, service]
  const story = playRollout(wanted.plan, ending, before === null, startMs, words)
  const rollout: SceneRollout = { id: seedId('rollout', model.name, release.version, key), targetId: wanted.id, environment: p.environment, service, group, startMs, plan: wanted.plan, artifact, release, stableId: before?.id ?? null, story, words }
  if (story.state === 'succeeded') stable.set(key, [...(stable.get(key) ?? []), rollout])
  return rollout
}

/** The last service out is the one that people complained of. */
function pressAfter(promotion: ScenePromotion, afterMs: number, stable: Map<string, SceneRollout[]>): ScenePress | null {
  const from = promotion.rollouts.at(-1)
  if (!from || from.story.state !== 'succeeded') return null
  const key = targetKey(from.environment, from.service)
  const to = stable.get(key)?.at(-2)
  if (!to) return null
  stable.set(key, (stable.get(key) ?? []).slice(0, -1))
  return { id: seedId('press', from.id), by: 'oncall', atMs: promotion.endMs + afterMs, reason: 'Customers report wrong totals since this version', from, to }
}
