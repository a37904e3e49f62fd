import 'server-only'
import { BlueprintModel } from '#lib/blueprints/model.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { contentOf, hashOf, type PromotionContent } from '#lib/promotions/content.ts'

export type SubjectTarget = { id: string; service: string; stableRevision: string | null; stableReleaseId: string | null }

/** What a promotion is about, read now: the release, the place, and the content that an approval would bind to. */
export type Subject = {
  application: { id: string; slug: string }
  environment: { id: string; slug: string; tier: string }
  release: {
    id: string
    version: string
    commit: string
    author: string | null
    state: 'active' | 'vetoed' | 'abandoned'
    createdById: string | null
    createdAt: Date
    artifacts: { service: string; repository: string; digest: string; image: string }[]
  }
  /** Services of the application that the release leaves out. */
  stays: string[]
  /** Targets that this release ships to, by service. */
  targets: SubjectTarget[]
  content: PromotionContent
  contentHash: string
}

/** Why there can be no promotion here at all any more: `retired` environment or application. */
export type Gone = { gone: string }
export const isGone = (s: Subject | Gone): s is Gone => 'gone' in s

/** Reads release, environment and the applied blueprint. Throws when an id is not there; the caller checked the ids. */
export async function loadSubject(tx: Tx, releaseId: string, environmentId: string): Promise<Subject | Gone> {
  const release = await tx.release.findUniqueOrThrow({ where: { id: releaseId }, include: { artifacts: { include: { service: { select: { slug: true, position: true } } } } } })
  const environment = await tx.environment.findUniqueOrThrow({
    where: { id: environmentId },
    include: { application: { include: { services: { where: { retiredAt: null }, orderBy: { position: 'asc' } } } }, targets: { where: { retiredAt: null }, include: { service: true } } },
  })
  const { application } = environment
  const model = BlueprintModel.parse(application.blueprint)
  const place = model.environments.find((e) => e.name === environment.slug)
  if (environment.retiredAt || application.retiredAt || !place) return { gone: `${environment.slug} of ${application.slug} was removed from the blueprint` }
  const artifacts = release.artifacts
    .toSorted((a, b) => a.service.position - b.service.position)
    .map((a) => ({ service: a.service.slug, repository: a.repository, digest: a.digest, image: a.image }))
  const targets = environment.targets.map((t) => ({ id: t.id, service: t.service.slug, stableRevision: t.stableRevision, stableReleaseId: t.stableReleaseId }))
  const content = contentOf({ release: { id: release.id, version: release.version, artifacts }, model, environment: place, targets })
  return {
    application: { id: application.id, slug: application.slug },
    environment: { id: environment.id, slug: environment.slug, tier: environment.tier },
    release: { id: release.id, version: release.version, commit: release.commit, author: release.author, state: release.state, createdById: release.createdById, createdAt: release.createdAt, artifacts },
    stays: application.services.map((s) => s.slug).filter((slug) => !artifacts.some((a) => a.service === slug)),
    targets: content.groups.flat().flatMap((service) => targets.filter((t) => t.service === service)),
    content,
    contentHash: hashOf(content),
  }
}
