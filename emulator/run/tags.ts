import type { Cloud } from '#emulator/cloud.ts'
import { segmentChanges } from '#emulator/run/load-history.ts'
import { parseLocation } from '#emulator/run/names.ts'
import type { Change } from '#emulator/state/journal.ts'
import { put } from '#emulator/state/state.ts'
import type { ServiceRecord, TrafficTarget } from '#emulator/state/types.ts'

/** Tags of one project and region (gcp.md 3.4). */
export const tagLimit = 2000

export function ageTags(known: Record<string, number>, traffic: readonly TrafficTarget[], micros: number): Record<string, number> {
  return Object.fromEntries(traffic.flatMap(target => (target.tag === undefined ? [] : [[target.tag, known[target.tag] ?? micros]])))
}

/** Beyond the limit the oldest tags without a percent are taken away, whichever service they are of. */
export function surplusTags(cloud: Cloud, changed: string): Change[] {
  const { project, region } = parseLocation(changed)
  const prefix = `projects/${project}/locations/${region}/services/`
  const records = [...cloud.state.table('services').values()].filter(record => record.service.name.startsWith(prefix))
  const count = records.reduce((sum, record) => sum + Object.keys(record.tagMicros).length, 0)
  if (count <= tagLimit) return []
  const idle = records.flatMap(record => (record.service.traffic ?? []).filter(target => target.tag !== undefined && !target.percent).map(target => ({ record, tag: target.tag ?? '', micros: record.tagMicros[target.tag ?? ''] ?? 0 })))
  const gone = idle.toSorted((a, b) => a.micros - b.micros).slice(0, count - tagLimit)
  return [...Map.groupBy(gone, one => one.record)].flatMap(([record, tags]) => {
    const next = withoutTags(record, new Set(tags.map(one => one.tag)))
    return [put('services', record.service.name, next), ...segmentChanges(cloud, record.service.name, next, cloud.clock.nowMs())]
  })
}

function withoutTags(record: ServiceRecord, gone: ReadonlySet<string>): ServiceRecord {
  const keeps = (target: TrafficTarget) => target.tag === undefined || !gone.has(target.tag)
  const { traffic = [], trafficStatuses = [] } = record.service
  return {
    ...record,
    service: { ...record.service, traffic: traffic.filter(keeps), trafficStatuses: trafficStatuses.filter(keeps) },
    tagMicros: Object.fromEntries(Object.entries(record.tagMicros).filter(([tag]) => !gone.has(tag))),
  }
}
