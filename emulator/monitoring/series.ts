import type { Cloud } from '#emulator/cloud.ts'
import { countLoad, addInto } from '#emulator/monitoring/load.ts'
import { bucketTotal } from '#emulator/monitoring/latency.ts'
import { parseServiceName } from '#emulator/run/names.ts'
import type { RequestCount, Segment } from '#emulator/state/types.ts'

/** What one series counted in one stretch: requests, and their latency by bucket when asked for. */
export interface Sample { count: number; latency: number[] }
/** One series of a metric: a revision and a response code. */
export interface Series { project: string; region: string; service: string; revision: string; code: string; sample(fromSecond: number, toSecond: number): Sample }

interface Source { name: string; segments: Segment[]; requests: RequestCount[] }

/**
 * Every series that had requests between two seconds: background load by the segments in force, and real requests.
 * A revision named in `silent` reports nothing.
 */
export function seriesBetween(cloud: Cloud, project: string, fromSecond: number, toSecond: number, latency: boolean): Series[] {
  const silent = new Set(cloud.state.setting('metrics').silent)
  const prefix = `projects/${project}/`
  const requests = [...cloud.state.table('requests').values()].filter(one => one.service.startsWith(prefix) && one.second >= fromSecond && one.second < toSecond)
  return sources(cloud, prefix, requests, fromSecond, toSecond).flatMap(source => seriesOf(source, latency)).filter(series => !silent.has(series.revision))
}

/** The background load of every project alone, with latencies. */
export const loadBetween = (cloud: Cloud, fromSecond: number, toSecond: number): Series[] =>
  sources(cloud, 'projects/', [], fromSecond, toSecond).flatMap(source => seriesOf(source, true))

function seriesOf(source: Source, latency: boolean): Series[] {
  const at = parseServiceName(source.name)
  const loadRevisions = source.segments.flatMap(segment => (segment.requestsPerSecond > 0 ? segment.parts.filter(part => part.percent > 0).map(part => part.revision) : []))
  const revisions = [...new Set([...loadRevisions, ...source.requests.map(one => one.revision)])].toSorted()
  return revisions.flatMap(revision => {
    const real = source.requests.filter(one => one.revision === revision)
    const codes = [...new Set(['200', '500', ...real.flatMap(one => Object.keys(one.codes))])].toSorted()
    return codes.map((code): Series => ({ ...at, revision, code, sample: (from, to) => sampleOf(source, real, revision, code, from, to, latency) }))
  })
}

/** Services with anything in the window, deleted ones too. */
function sources(cloud: Cloud, prefix: string, requestsThen: readonly RequestCount[], fromSecond: number, toSecond: number): Source[] {
  const segments = Map.groupBy([...cloud.state.table('segments').values()].filter(one => one.service.startsWith(prefix)), one => one.service)
  const requests = Map.groupBy(requestsThen, one => one.service)
  return [...new Set([...segments.keys(), ...requests.keys()])].toSorted().map(name => ({
    name,
    segments: overlapping((segments.get(name) ?? []).toSorted((a, b) => a.fromMs - b.fromMs), fromSecond, toSecond),
    requests: requests.get(name) ?? [],
  }))
}

/** A second belongs to the segment in force when it began: no sample of a split is older than the split. */
const startSecond = (segment: Segment) => Math.ceil(segment.fromMs / 1000)

function overlapping(ordered: readonly Segment[], fromSecond: number, toSecond: number): Segment[] {
  return ordered.filter((segment, i) => {
    const next = ordered[i + 1]
    return startSecond(segment) < toSecond && (next === undefined || startSecond(next) > fromSecond)
  })
}

function sampleOf(source: Source, real: readonly RequestCount[], revision: string, code: string, from: number, to: number, latency: boolean): Sample {
  const sample: Sample = { count: 0, latency: latency ? Array.from({ length: bucketTotal }, () => 0) : [] }
  if (code === '200' || code === '500') addLoad(sample, source, revision, code === '500', from, to, latency)
  for (const one of real) {
    const counted = one.second >= from && one.second < to ? one.codes[code] : undefined
    if (!counted) continue
    sample.count += counted.count
    if (latency) for (const [bucket, count] of Object.entries(counted.latency)) sample.latency[Number(bucket)] = (sample.latency[Number(bucket)] ?? 0) + count
  }
  return sample
}

function addLoad(sample: Sample, source: Source, revision: string, failed: boolean, from: number, to: number, latency: boolean): void {
  source.segments.forEach((segment, i) => {
    const next = source.segments[i + 1]
    const start = Math.max(from, startSecond(segment))
    const end = Math.min(to, next ? startSecond(next) : to)
    const part = segment.parts.find(one => one.revision === revision)
    if (!part || start >= end) return
    const load = countLoad(source.name, segment.requestsPerSecond, part, start, end, latency)
    sample.count += failed ? load.failed : load.ok
    if (latency) addInto(sample.latency, failed ? load.failedLatency : load.okLatency)
  })
}
