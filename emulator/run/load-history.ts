import type { Cloud } from '#emulator/cloud.ts'
import { revisionName, shortName } from '#emulator/run/names.ts'
import { overrideOf } from '#emulator/run/readiness.ts'
import { weightsOf } from '#emulator/run/traffic.ts'
import { sameJson } from '#emulator/state/json.ts'
import type { Change } from '#emulator/state/journal.ts'
import { put, remove } from '#emulator/state/state.ts'
import type { LoadPart, RevisionRecord, Segment, ServiceRecord } from '#emulator/state/types.ts'

/** Background load of a service that nobody set (DESIGN 10). */
export const defaultRequestsPerSecond = 100

export function segmentsOf(cloud: Cloud, service: string): Segment[] {
  const found = [...cloud.state.table('segments').values()].filter(segment => segment.service === service)
  return found.toSorted((a, b) => a.fromMs - b.fromMs)
}

/** Notes when a revision first had a share of the traffic: a leak counts from then. */
export function withFirstTraffic(record: ServiceRecord, atMs: number): ServiceRecord {
  const fresh = [...weightsOf(record.service).keys()].filter(revision => record.firstTrafficMs[revision] === undefined)
  return fresh.length === 0 ? record : { ...record, firstTrafficMs: { ...record.firstTrafficMs, ...Object.fromEntries(fresh.map(revision => [revision, atMs])) } }
}

/**
 * The changes that make the history of load follow what serves from `atMs` on. Each segment says all that the counts
 * of its time depend on, so that a metric of the past never changes when the present does. `record` null: deleted.
 * `made`: a revision of the same commit, which the state does not have yet.
 */
export function segmentChanges(cloud: Cloud, service: string, record: ServiceRecord | null, atMs: number, made: RevisionRecord | null = null): Change[] {
  const history = segmentsOf(cloud, service)
  // The clock may have been moved back: what was to come has not happened.
  const undone = history.filter(segment => segment.fromMs > atMs)
  const last = history.findLast(segment => segment.fromMs <= atMs)
  const next: Segment = { service, fromMs: atMs, requestsPerSecond: cloud.state.table('loads').get(service) ?? defaultRequestsPerSecond, parts: record === null ? [] : partsOf(cloud, record, made) }
  const changes: Change[] = undone.map(segment => remove('segments', segmentKey(segment)))
  const same = last ? last.requestsPerSecond === next.requestsPerSecond && sameJson(last.parts, next.parts) : next.parts.length === 0
  return same ? changes : [...changes, put('segments', segmentKey(next), next)]
}

const segmentKey = (segment: Segment) => `${segment.service}@${segment.fromMs}`

function partsOf(cloud: Cloud, record: ServiceRecord, made: RevisionRecord | null): LoadPart[] {
  return [...weightsOf(record.service)].map(([revision, percent]) => {
    const behaviour = effectiveBehaviour(cloud, record.service.name, revision, made)
    return { revision, percent, errorPercent: behaviour.errorPercent, slowPercent: behaviour.slowPercent, leakFromMs: behaviour.leak ? (record.firstTrafficMs[shortName(revision)] ?? null) : null }
  })
}

/** How a revision answers requests that come by the split. */
export function effectiveBehaviour(cloud: Cloud, service: string, revision: string, made: RevisionRecord | null = null): { errorPercent: number; slowPercent: number; leak: boolean; verifyFail: boolean } {
  const name = revisionName(service, revision)
  const own = (made?.revision.name === name ? made : cloud.state.table('revisions').get(name))?.behaviour
  const override = overrideOf(cloud, service, revision)
  const dead = override.crash === true
  return {
    errorPercent: dead ? 100 : (override.errorPercent ?? own?.errorPercent ?? 0),
    slowPercent: override.slowPercent ?? own?.slowPercent ?? 0,
    leak: own?.leak ?? false,
    verifyFail: own?.verifyFail ?? false,
  }
}
