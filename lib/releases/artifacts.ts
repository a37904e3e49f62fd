import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import { isBadReference, parseImageRef } from '#lib/drivers/oci-registry/reference.ts'
import type { ImageRef, ImageRegistry } from '#lib/drivers/registry-images.ts'
import { AppError } from '#lib/platform/errors.ts'

type Given = { service: string; image: string }
type Known = { id: string; slug: string; kind: string; repository: string | null; retiredAt: Date | null }
/** One artifact that was read and may be shipped; its digest is not known yet. */
export type CheckedArtifact = { index: number; serviceId: string; service: string; image: string; ref: ImageRef }
export type ResolvedArtifact = CheckedArtifact & { digest: string }

const wrong = (index: number, key: keyof Given, message: string) => new AppError('invalid_input', message, { field: `artifacts.${index}.${key}` })

/** Reads what the caller named against the services there are. The first thing wrong is thrown with its field and what is allowed. */
export function checkArtifacts(given: readonly Given[], services: readonly Known[]): CheckedArtifact[] {
  const usable = services.filter((s) => s.retiredAt === null && s.kind === 'service')
  const seen = new Set<string>()
  return given.map(({ service, image }, index) => {
    const known = usable.find((s) => s.slug === service)
    if (!known) throw wrong(index, 'service', `${service} is not a service of this application; allowed: ${usable.map((s) => s.slug).join(', ') || 'none, it has no services'}`)
    if (seen.has(service)) throw wrong(index, 'service', `${service} is named twice; a release has one image per service`)
    seen.add(service)
    const ref = parseImageRef(image)
    if (isBadReference(ref)) throw wrong(index, 'image', `${ref.problem}; allowed: ${ref.allowed}`)
    if (known.repository !== null && !comesFrom(ref, known.repository)) throw wrong(index, 'image', `images of ${service} must come from ${known.repository}; this one is from ${ref.repository}`)
    return { index, serviceId: known.id, service, image, ref }
  })
}

/** The repository itself or a name under it: in Artifact Registry a repository holds many images. */
const comesFrom = (ref: ImageRef, repository: string) => ref.repository === repository || ref.repository.startsWith(`${repository.replace(/\/+$/, '')}/`)

/**
 * Asks the registry for each digest, once. An image that is not there, or may not be read, is a field error; a registry
 * that does not answer throws its DriverError. Nothing is written before all answered.
 */
export async function resolveArtifacts(checked: readonly CheckedArtifact[], registry: ImageRegistry): Promise<ResolvedArtifact[]> {
  const answers = await Promise.allSettled(checked.map((a) => registry.resolve(a.ref)))
  return checked.map((artifact, i) => {
    const answer = answers[i]
    if (answer?.status === 'fulfilled') return { ...artifact, digest: answer.value }
    throw refusalOf(answer?.reason, artifact)
  })
}

function refusalOf(error: unknown, artifact: CheckedArtifact): unknown {
  if (!(error instanceof DriverError) || (error.kind !== 'not_found' && error.kind !== 'denied')) return error
  const allowed = error.kind === 'not_found' ? 'push it first, or name a tag or digest that exists' : 'let the account Sluice runs as read this repository'
  return new AppError('unprocessable', `${error.message}; ${allowed}`, { field: `artifacts.${artifact.index}.image`, cause: error })
}
