import { invalid } from '#emulator/errors.ts'
import { dataPlaneUrl, parseServiceName, revisionName, shortName, tagUrl } from '#emulator/run/names.ts'
import type { Service, TrafficStatus, TrafficTarget } from '#emulator/state/types.ts'

export const latest = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST'
export const pinned = 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION'

const bad = (description: string) => invalid('service.traffic', description)

/**
 * What is refused before anything changes. The shape of the refusal is captured (gcp.md 3.3), the texts are assumed.
 * One revision may have several entries (gcp.md 3.1); an unknown one fails later, in the operation.
 */
export function checkTraffic(traffic: readonly TrafficTarget[]): void {
  if (traffic.length === 0) return
  const tags = new Set<string>()
  for (const target of traffic) {
    const percent = target.percent ?? 0
    if (percent < 0 || percent > 100) throw bad(`Traffic percent must be between 0 and 100, got ${percent}.`)
    if (target.type === latest && target.revision) throw bad(`A traffic target of type LATEST must not name a revision, got '${target.revision}'.`)
    if (target.type === pinned && !target.revision) throw bad('A traffic target of type REVISION must name a revision.')
    if (target.type !== latest && target.type !== pinned) throw bad('The type of a traffic target must be LATEST or REVISION.')
    if (target.tag === undefined) continue
    if (!/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/.test(target.tag)) throw bad(`Traffic tag '${target.tag}' must be lower-case letters, digits and dashes, start with a letter and not end with a dash.`)
    if (tags.has(target.tag)) throw bad(`Traffic tag '${target.tag}' is used more than once.`)
    tags.add(target.tag)
  }
  const sum = traffic.reduce((total, target) => total + (target.percent ?? 0), 0)
  if (sum !== 100) throw bad(`The sum of all traffic percents must be 100, got ${sum}.`)
}

/** No traffic given means 100% to the latest ready revision (service.proto). */
export const effectiveTraffic = (service: Service): TrafficTarget[] => service.traffic ?? [{ type: latest, percent: 100 }]

/** Observed traffic: as desired, with the URL of each tag. LATEST stays without a revision, as in real answers (gcp.md 3.1). */
export const statusesOf = (service: Service, base: string): TrafficStatus[] => withTagUrls(service, effectiveTraffic(service), base)

function withTagUrls(service: Service, targets: readonly TrafficTarget[], base: string): TrafficStatus[] {
  const at = parseServiceName(service.name)
  return targets.map(target => ({ ...target, ...(target.tag !== undefined && { uri: tagUrl(base, at, target.tag) }) }))
}

/** The service with its addresses at `base`: an emulator that comes back on another port serves the same data there. */
export function readdressed(service: Service, base: string): Service {
  const uri = dataPlaneUrl(base, parseServiceName(service.name))
  return { ...service, uri, urls: [uri], ...(service.trafficStatuses && { trafficStatuses: withTagUrls(service, service.trafficStatuses, base) }) }
}

/** Percent by short revision name; several entries of one revision add up. LATEST is the latest ready one. */
export function weightsOf(service: Service): Map<string, number> {
  const weights = new Map<string, number>()
  for (const status of service.trafficStatuses ?? []) {
    const revision = targetOf(service, status)
    if (revision !== null && status.percent) weights.set(revision, (weights.get(revision) ?? 0) + status.percent)
  }
  return weights
}

export function targetOf(service: Service, target: TrafficTarget): string | null {
  if (target.type === pinned) return target.revision === undefined ? null : shortName(target.revision)
  return service.latestReadyRevision === undefined ? null : shortName(service.latestReadyRevision)
}

/** Full names of the revisions that a URL reaches: by percent or by tag, desired or observed. */
export function addressable(service: Service): Set<string> {
  const targets = [...effectiveTraffic(service), ...(service.trafficStatuses ?? [])]
  const names = targets.map(target => targetOf(service, target)).filter(name => name !== null)
  return new Set(names.map(name => revisionName(service.name, name)))
}
