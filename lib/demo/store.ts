import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { failingTag, type GuideFacts } from '#lib/demo/decide.ts'
import { evaluateGates, isOpen } from '#lib/gates/registry.ts'
import { db } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import { read } from '#lib/platform/db/read.ts'
import { gateFacts } from '#lib/promotions/plan.ts'
import { promotionShape, storedGates } from '#lib/promotions/store.ts'
import { isGone, loadSubject } from '#lib/promotions/subject.ts'
import { rolloutsOf, wholeSummaryOf } from '#lib/promotions/view.ts'
import { summaries } from '#lib/rollouts/service.ts'

const { sql } = Prisma

export type GuidePlaces = { applicationId: string; repository: string; staging: string; production: string; /** The newest failing release that is active. */ release: { id: string; version: string } | null; /** Versions of the path that are taken. */ versions: string[] }

/** The two environments of the path, by name, and what was made for it; null when somebody took one of them away. */
export async function guidePlaces(slug: string): Promise<GuidePlaces | null> {
  const environment = (name: string) => sql`(select e.id from environment e where e.application_id = a.id and e.slug = ${name} and e.retired_at is null)`
  const [row] = await read<{ [K in keyof GuidePlaces]: GuidePlaces[K] | null }>(sql`
    select a.id as "applicationId", ${environment('staging')} as staging, ${environment('production')} as production,
      (select s.repository from service s where s.application_id = a.id and s.retired_at is null order by s.position limit 1) as repository,
      (select json_build_object('id', r.id, 'version', r.version) from release r
        where r.application_id = a.id and r.state = 'active' and (select bool_or(x.tag ~ ${failingTag.source}) from artifact x where x.release_id = r.id) order by r.created_at desc limit 1) as release,
      array(select r.version from release r where r.application_id = a.id and r.version like 'v1.3.%') as versions
    from application a where a.slug = ${slug} and a.retired_at is null`)
  const { applicationId, repository, staging, production } = row ?? {}
  return row && applicationId && repository && staging && production ? { applicationId, repository, staging, production, release: row.release, versions: row.versions ?? [] } : null
}

/** What the path has come to, read now: the newest failing release, its last requests, and the soak that production asks for. */
export async function guideFacts(actor: Actor, places: GuidePlaces, atMs: number): Promise<GuideFacts> {
  const { repository, release, versions } = places
  const base = { repository, release, versions, nowMs: atMs }
  if (!release) return { ...base, staging: null, production: null, soak: { met: false, summary: '', opensAtMs: null } }
  const [staging, production, soak] = await Promise.all([askedFor(actor, release.id, places.staging), askedFor(actor, release.id, places.production), soakOf(release.id, places.production, atMs)])
  return { ...base, staging, production, soak }
}

async function askedFor(actor: Actor, releaseId: string, environmentId: string): Promise<GuideFacts['staging']> {
  const row = await db.promotion.findFirst({ where: { releaseId, environmentId }, include: promotionShape, orderBy: { createdAt: 'desc' } })
  if (!row) return null
  const rollouts = await rolloutsOf([row.id])
  const [rollout] = await summaries(actor, rollouts.map((r) => r.id))
  const approvals = storedGates(row.gates).views.filter((g) => g.kind === 'approvals')
  return { id: row.id, state: row.state, headline: wholeSummaryOf(row, rollouts).headline, isApproved: approvals.length > 0 && approvals.every((g) => g.state === 'met' || g.state === 'overridden'), rollout: rollout ? { id: rollout.id, headline: rollout.headline } : null }
}

async function soakOf(releaseId: string, environmentId: string, atMs: number): Promise<GuideFacts['soak']> {
  const subject = await loadSubject(db, releaseId, environmentId)
  if (isGone(subject)) return { met: false, summary: subject.gone, opensAtMs: null }
  const gates = (await evaluateGates(db, gateFacts(subject, { promotionId: null, requestedById: '', requestedAtMs: atMs, nowMs: atMs, overriddenBy: null }))).filter((g) => g.kind === 'upstream')
  const opens = gates.flatMap((g) => g.unmet.flatMap((u) => (u.opensAt === null ? [] : [Date.parse(u.opensAt)])))
  return { met: gates.every(isOpen), summary: gates.find((g) => !isOpen(g))?.summary ?? '', opensAtMs: opens.length > 0 ? Math.max(...opens) : null }
}
