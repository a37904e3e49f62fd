import type { Actor } from '#lib/access/actor.ts'
import { systemActor } from '#lib/access/actor.ts'
import type { AuditEntry } from '#lib/audit/record.ts'
import { actorOf } from '#prisma/seed/people.ts'
import type { SceneOpen, ScenePress, ScenePromotion, SceneRollout, Scenes } from '#prisma/seed/scenes.ts'

const engine = systemActor('engine')
const promotions = systemActor('promotions', 'rule')
const developer = actorOf('developer')

type Names = ReadonlyMap<string, string>

/** What the audit log would have said, in the order of time. */
export function eventsOf(scenes: Scenes, names: Names): AuditEntry[] {
  const chain = scenes.model.name
  const events = [...releaseEvents(scenes), ...scenes.promotions.flatMap((p) => promotionEvents(chain, p)), ...scenes.promotions.flatMap((p) => p.rollouts.flatMap((r) => rolloutEvents(chain, p, r, names))), ...scenes.presses.flatMap((p) => pressEvents(chain, p, names)), ...scenes.open.flatMap((p) => askedEvents(chain, p))]
  return events.toSorted((a, b) => a.atMs - b.atMs)
}

function releaseEvents({ model, releases }: Scenes): AuditEntry[] {
  return releases.flatMap((r): AuditEntry[] => {
    const base = { chain: model.name, subject: { kind: 'release' as const, id: r.id }, also: [`application:${model.name}`] }
    return [
      { ...base, actor: developer, verb: 'release.create', message: `${developer.name} created release ${r.version} of ${model.name}`, after: { version: r.version, artifacts: r.artifacts.map(({ service, image, digest }) => ({ service, image, digest })) }, atMs: r.atMs },
      ...(r.veto ? [{ ...base, actor: actorOf('manager'), verb: 'release.veto', reason: r.veto.reason, message: `${actorOf('manager').name} vetoed release ${r.version}`, atMs: r.veto.atMs }] : []),
    ]
  })
}

function promotionEvents(chain: string, p: ScenePromotion): AuditEntry[] {
  const base = { chain, subject: { kind: 'promotion' as const, id: p.id }, also: [`release:${p.what.id}`, `application:${chain}`] }
  const say = (atMs: number, actor: Actor, verb: string, message: string, more: Partial<AuditEntry> = {}): AuditEntry => ({ ...base, actor, verb, message, atMs, ...more })
  const what = `${p.what.version} in ${p.environment}`
  const events = [say(p.requestedMs, developer, 'promotion.create', `${developer.name} asked for ${p.what.version} in ${p.environment}`, { reason: p.reason, after: { contentHash: p.contentHash } })]
  if (p.approval) {
    const isRejected = p.ending === 'rejected'
    events.push(say(p.approval.atMs, actorOf(p.approval.by), isRejected ? 'promotion.rejected' : 'promotion.approve', `${isRejected ? 'rejected' : 'approved'} ${what}`, { reason: p.approval.comment, after: { contentHash: p.contentHash } }))
  }
  if (p.ending === 'cancelled') events.push(say(p.endMs, developer, 'promotion.cancelled', `withdrew ${what}`, { reason: 'Found a mistake in the release notes; asking again with the next one' }))
  if (p.startMs !== null) {
    events.push(say(p.startMs, promotions, 'promotion.started', `${p.what.version} starts in ${p.environment}: ${p.content.groups.map((g) => g.join(' with ')).join(', then ')}`, { also: [...base.also, ...p.rollouts.map((r) => `rollout:${r.id}`)] }))
    events.push(say(p.endMs, promotions, `promotion.${p.state}`, `${what}: ${p.state.replace('_', ' ')}`, { after: { state: p.state } }))
  }
  return events
}

function askedEvents(chain: string, p: SceneOpen): AuditEntry[] {
  const base = { chain, subject: { kind: 'promotion' as const, id: p.id }, also: [`release:${p.what.id}`, `application:${chain}`], after: { contentHash: p.contentHash } }
  const asked: AuditEntry = { ...base, actor: developer, verb: 'promotion.create', reason: p.reason, message: `${developer.name} asked for ${p.what.version} in ${p.environment}`, atMs: p.requestedMs }
  const { approval } = p
  return approval ? [asked, { ...base, actor: actorOf(approval.by), verb: 'promotion.approve', reason: approval.comment, message: `approved ${p.what.version} in ${p.environment}`, atMs: approval.atMs }] : [asked]
}

function rolloutEvents(chain: string, p: ScenePromotion, r: SceneRollout, names: Names): AuditEntry[] {
  const { story } = r
  const base = { chain, subject: { kind: 'rollout' as const, id: r.id }, also: [`target:${r.targetId}`, `promotion:${p.id}`, `release:${r.release.id}`] }
  const candidate = names.get(r.id) ?? ''
  const stable = r.stableId === null ? null : (names.get(r.stableId) ?? null)
  const say = (atMs: number, verb: string, message: string, more: Partial<AuditEntry> = {}): AuditEntry => ({ ...base, actor: engine, verb, message, atMs, ...more })
  const split = (percent: number) => [...(percent > 0 ? [`${percent}% ${candidate}`] : []), ...(percent < 100 && stable ? [`${100 - percent}% ${stable}`] : [])].join(', ')
  const events = [say(r.startMs, 'rollout.started', stable === null ? 'started: the first release here' : `started from 100% ${stable}`), say(story.deployedMs, 'rollout.candidate', `the new revision is ${candidate}`)]
  for (const w of story.writes) events.push(say(w.atMs, 'rollout.traffic_confirmed', `read back: ${split(w.percent)}`))
  if (story.trouble?.heldMs !== undefined && story.trouble.heldMs !== null) {
    const abortedMs = story.trouble.atMs + story.trouble.heldMs
    events.push(say(story.trouble.atMs, 'rollout.held', story.trouble.message))
    events.push(say(abortedMs, 'rollout.abort', `aborted ${r.release.version}`, { actor: actorOf('oncall'), reason: 'Not enough traffic to decide' }))
  } else if (story.trouble) events.push(say(story.trouble.atMs, 'rollout.rolling_back', story.trouble.message, { actor: systemActor(story.trouble.rule ?? 'rule', 'rule') }))
  events.push(say(story.endMs, `rollout.${story.state}`, endMessage(r, split(story.writes.at(-1)?.percent ?? 0))))
  if (story.state === 'rolled_back' && !p.holdStays) events.push({ ...base, subject: { kind: 'target', id: r.targetId }, also: [`rollout:${r.id}`], actor: actorOf('manager'), verb: 'target.unhold', reason: liftReason, message: `lifted the hold of ${r.release.version}`, atMs: story.endMs + liftAfterMs })
  return events
}

export const liftReason = 'The cause is understood; the fix comes with the next release'
export const liftAfterMs = 5 * 3_600_000

function endMessage(r: SceneRollout, split: string): string {
  if (r.story.state === 'failed') return r.story.endReason ?? 'failed'
  return r.story.state === 'rolled_back' ? `read back: ${split}; ${r.release.version} is held here` : `read back: ${split}`
}

function pressEvents(chain: string, p: ScenePress, names: Names): AuditEntry[] {
  const to = names.get(p.to.id) ?? ''
  const from = names.get(p.from.id) ?? ''
  const target = { chain, subject: { kind: 'target' as const, id: p.from.targetId }, also: [`rollout:${p.id}`] }
  return [
    { ...target, actor: actorOf(p.by), verb: 'target.rollback_requested', reason: p.reason, message: `requested: 100% to ${to}, leaving ${from}`, before: { serving: from }, after: { [to]: 100 }, atMs: p.atMs },
    { chain, subject: { kind: 'rollout', id: p.id }, also: [`target:${p.from.targetId}`], actor: engine, verb: 'rollout.succeeded', message: `read back: 100% ${to}`, after: { [to]: 100 }, atMs: p.atMs + 3000 },
    { ...target, actor: actorOf('manager'), verb: 'target.unhold', reason: liftReason, message: `lifted the hold of ${p.from.release.version}`, atMs: p.atMs + liftAfterMs },
  ]
}
