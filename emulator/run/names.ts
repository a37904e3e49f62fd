import { createHash } from 'node:crypto'
import { invalid } from '#emulator/errors.ts'

export interface Location { project: string; region: string }
export interface ServiceName extends Location { service: string }

export const shortName = (name: string) => name.slice(name.lastIndexOf('/') + 1)
export const serviceName = (at: ServiceName) => `projects/${at.project}/locations/${at.region}/services/${at.service}`
export const revisionName = (service: string, revision: string) => `${service}/revisions/${revision}`

export function parseLocation(parent: string): Location {
  const match = /^projects\/([^/]+)\/locations\/([^/]+)/.exec(parent)
  if (!match?.[1] || !match[2]) throw invalid('parent', `Invalid resource name: '${parent}'.`)
  // ListServices and CreateService need one region (service.proto, gcp.md 3.1).
  if (match[2] === '-') throw invalid('parent', "Location '-' is not supported.")
  return { project: match[1], region: match[2] }
}

export function parseServiceName(name: string): ServiceName {
  const match = /^projects\/([^/]+)\/locations\/([^/]+)\/services\/([^/]+)/.exec(name)
  if (!match?.[1] || !match[2] || !match[3]) throw invalid('name', `Invalid resource name: '${name}'.`)
  return { project: match[1], region: match[2], service: match[3] }
}

/** Projects have a number beside their id; ours follows from the id. */
export function projectNumber(project: string): string {
  if (/^\d+$/.test(project)) return project
  const digest = createHash('sha256').update(project).digest()
  return String(100_000_000_000 + (digest.readUIntBE(0, 6) % 899_999_999_999))
}

const letters = 'bcdfghjklmnpqrstvwxz2456789'

/**
 * `SERVICE-00002-4wm` (gcp.md 3.1): number and three characters that follow from the name. The first revision ends in
 * `abc`, so that the plans' own rollback line (`…-00001-abc=100`) names one that exists.
 */
export function generatedRevision(service: string, number: number): string {
  const digest = createHash('sha256').update(`${service} ${number}`).digest()
  const suffix = number === 1 ? 'abc' : [0, 1, 2].map(i => letters[(digest[i] ?? 0) % letters.length]).join('')
  return `${service}-${String(number).padStart(5, '0')}-${suffix}`
}

export const dataPlaneUrl = (base: string, at: ServiceName) => `${base}/svc/${at.project}/${at.region}/${at.service}`
export const tagUrl = (base: string, at: ServiceName, tag: string) => `${base}/tag/${at.project}/${at.region}/${at.service}/${tag}`
