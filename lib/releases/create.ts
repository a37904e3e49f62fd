import 'server-only'
import { authorise, type Actor } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import { imageRegistry } from '#lib/drivers/registry.ts'
import type { ImageRegistry } from '#lib/drivers/registry-images.ts'
import { publish } from '#lib/engine/jobs.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import { checkArtifacts, resolveArtifacts, type ResolvedArtifact } from '#lib/releases/artifacts.ts'
import type { createRelease, ReleaseView } from '#lib/releases/contract.ts'
import { findRelease, nextCreatedAt } from '#lib/releases/store.ts'
import { transact } from '#lib/rollouts/transact.ts'
import { releaseView } from '#lib/releases/view.ts'

type Input = Parsed<typeof createRelease>

/**
 * Names a set of images. Tags are resolved to digests once, here; nothing is written unless every image was found.
 * Creating a release starts nothing. Throws `invalid_input` or `unprocessable` with the field, `already_exists` with
 * the id behind the version, DriverError when a registry does not answer.
 */
export const create = (actor: Actor, input: Input): Promise<ReleaseView> => createFrom(imageRegistry(), actor, input)

/** `create` against a given registry. */
export async function createFrom(registry: ImageRegistry, actor: Actor, input: Input): Promise<ReleaseView> {
  const application = await db.application.findUnique({ where: { slug: input.application }, include: { services: { orderBy: { position: 'asc' } } } })
  if (!application) throw new AppError('invalid_input', `there is no application ${input.application}`, { field: 'application' })
  authorise(actor, 'propose', { applicationId: application.id }, `create releases of ${application.slug}`)
  if (application.retiredAt) throw new AppError('refused', `${application.slug} is retired: it takes no releases`, { unmet: [{ code: 'retired', message: 'the application was removed from its blueprint', who: 'admin, by applying its blueprint again', opensAt: null }] })
  if (input.schema && !(input.schema.min <= input.schema.version && input.schema.version <= input.schema.max))
    throw new AppError('invalid_input', 'schema.version must lie between schema.min and schema.max', { field: 'schema.version' })
  const checked = checkArtifacts(input.artifacts, application.services)
  const earlier = await db.release.findUnique({ where: { applicationId_version: { applicationId: application.id, version: input.version } }, select: { id: true } })
  if (earlier) throw versionTaken(input, earlier.id)
  const artifacts = await resolveArtifacts(checked, registry)
  const id = await insert(actor, input, application, artifacts)
  const row = await findRelease(db, id)
  if (!row) throw new Error(`release ${id} vanished after it was written`)
  return releaseView(actor, row)
}

const versionTaken = (input: Input, id: string | null) =>
  new AppError('already_exists', `${input.application} has a release ${input.version} already; a version names one set of images for good`, { field: 'version', ...(id !== null && { ref: { release: id } }) })

async function insert(actor: Actor, input: Input, application: { id: string; slug: string }, artifacts: readonly ResolvedArtifact[]): Promise<string> {
  try {
    return await transact((tx) => write(tx, actor, input, application, artifacts))
  } catch (error) {
    if (!(error instanceof Prisma.PrismaClientKnownRequestError) || error.code !== 'P2002') throw error
    const winner = await db.release.findUnique({ where: { applicationId_version: { applicationId: application.id, version: input.version } }, select: { id: true } })
    throw versionTaken(input, winner?.id ?? null)
  }
}

async function write(tx: Tx, actor: Actor, input: Input, application: { id: string; slug: string }, artifacts: readonly ResolvedArtifact[]): Promise<string> {
  await tx.$queryRaw`select 1 from application where id = ${application.id}::uuid for no key update`
  const atMs = await nowMs(tx)
  const release = await tx.release.create({
    data: {
      applicationId: application.id,
      version: input.version,
      commit: input.commit.toLowerCase(),
      author: input.author || null,
      notes: input.notes ?? null,
      // The endpoint parsed JSON: what it holds can be stored as JSON.
      ...(input.evidence && { evidence: input.evidence as Prisma.InputJsonObject }),
      ...(input.schema && { schema: input.schema }),
      createdBy: actor.name,
      createdById: actor.id,
      createdAt: await nextCreatedAt(tx, application.id, atMs),
      artifacts: { create: artifacts.map((a) => ({ serviceId: a.serviceId, image: a.image, repository: a.ref.repository, tag: a.ref.tag, digest: a.digest })) },
    },
  })
  await publish(tx, 'release', release.id, 0)
  await record(tx, {
    chain: application.slug,
    actor,
    verb: 'release.create',
    subject: { kind: 'release', id: release.id },
    also: [`application:${application.slug}`],
    message: `${actor.name} created release ${input.version} of ${application.slug}`,
    after: { version: input.version, commit: release.commit, artifacts: artifacts.map((a) => ({ service: a.service, image: a.image, digest: a.digest })) },
    atMs,
  })
  return release.id
}
