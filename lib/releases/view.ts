import 'server-only'
import { z } from 'zod'
import type { Actor } from '#lib/access/actor.ts'
import type { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Release, ReleaseView } from '#lib/releases/contract.ts'
import { SchemaRange } from '#lib/releases/contract.ts'
import { promotionsOf, whereLive, type ReleaseRow } from '#lib/releases/store.ts'
import { visibleEnvironments } from '#lib/rollouts/service.ts'

const Evidence = z.record(z.string(), z.unknown())
const Snapshot = z.object({ observation: z.object({ split: z.record(z.string(), z.number()) }) })

const iso = (d: Date) => d.toISOString()

/** The public form of a release row. Artifacts stand in the declared order of the services. */
export function releaseOf(row: ReleaseRow): Release {
  const artifacts = [...row.artifacts].sort((a, b) => a.service.position - b.service.position)
  const shipped = new Set(artifacts.map((a) => a.service.slug))
  return {
    id: row.id,
    application: row.application.slug,
    version: row.version,
    state: row.state,
    stateReason: row.stateReason,
    commit: row.commit,
    author: row.author,
    notes: row.notes,
    evidence: row.evidence === null ? null : Evidence.parse(row.evidence),
    schema: row.schema === null ? null : SchemaRange.parse(row.schema),
    artifacts: artifacts.map((a) => ({ service: a.service.slug, image: a.image, tag: a.tag, digest: a.digest })),
    stays: row.application.services.map((s) => s.slug).filter((slug) => !shipped.has(slug)),
    createdBy: row.createdBy,
    createdAt: iso(row.createdAt),
  }
}

/** Where the last snapshots show this release with traffic, by environment and service. */
async function whereOf(row: ReleaseRow, environments: Prisma.EnvironmentWhereInput): Promise<ReleaseView['where']> {
  const revisions = await whereLive(row, environments)
  return revisions
    .map((r) => {
      const snapshot = Snapshot.safeParse(r.target.snapshot)
      return { ...r.target, revision: r.name, percent: snapshot.success ? (snapshot.data.observation.split[r.name] ?? 0) : 0 }
    })
    .filter((r) => r.percent > 0)
    .sort((a, b) => a.environment.position - b.environment.position || a.service.position - b.service.position)
    .map((r) => ({ environment: r.environment.slug, service: r.service.slug, target: r.id, revision: r.revision, percent: r.percent, asOf: r.snapshotAt ? iso(r.snapshotAt) : null }))
}

/**
 * A release with where it is and its promotions, as far as the actor may see those environments. A vetoed or abandoned
 * one that is live or on its way says so.
 */
export async function releaseView(actor: Actor, row: ReleaseRow): Promise<ReleaseView> {
  const environments = visibleEnvironments(actor)
  const [where, promotions] = await Promise.all([whereOf(row, environments), promotionsOf(row.id, environments)])
  const moving = promotions.filter((p) => p.state === 'rolling_out')
  const warnings =
    row.state === 'active'
      ? []
      : [
          ...where.map((w) => `${row.version} is ${row.state} and serves ${w.percent}% of ${w.service} in ${w.environment}: roll back there to take it out`),
          ...moving.map((p) => `${row.version} is ${row.state} and on its way to ${p.environment.slug}: its rollouts are held, abort them to go back`),
        ]
  return { ...releaseOf(row), where, warnings, promotions: promotions.map((p) => ({ id: p.id, environment: p.environment.slug, state: p.state, createdAt: iso(p.createdAt) })) }
}
