import { RpcError } from '#emulator/errors.ts'
import type { AlignedSeries, Aggregation, Point, Window } from '#emulator/monitoring/align.ts'
import { boundOf, bucketOptions, middleOf } from '#emulator/monitoring/latency.ts'
import { addInto } from '#emulator/monitoring/load.ts'
import type { Labels } from '#emulator/monitoring/filter.ts'
import type { Sample } from '#emulator/monitoring/series.ts'
import type { JsonObject } from '#emulator/state/json.ts'

export interface Labelled { labels: Labels; aligned: AlignedSeries }
export interface Result { metricLabels: Record<string, string>; resourceLabels: Record<string, string>; valueType: string; metricKind: string; points: JsonObject[] }

const percentile = (name: string) => Number(/PERCENTILE_(\d+)$/.exec(name)?.[1] ?? Number.NaN)
const unsupported = (field: string, value: string) => new RpcError('UNIMPLEMENTED', `The emulator does not support ${field} ${value} for this metric.`)

/** Applies reducer and aligner and writes the points (common.proto, Aggregation; kinds and types from its comments). */
export function reduce(all: readonly Labelled[], aggregation: Aggregation, distribution: boolean): Result[] {
  const { aligner, reducer } = aggregation
  const writer = writerOf(aggregation, distribution)
  if (reducer === 'REDUCE_NONE') return all.map(one => ({ metricLabels: one.labels.metric, resourceLabels: one.labels.resource, ...writer.form, points: one.aligned.points.map(point => writer.write(point.window, point.sample)) }))
  if (reducer !== 'REDUCE_SUM' && !(distribution && aligner === 'ALIGN_DELTA' && !Number.isNaN(percentile(reducer)))) throw unsupported('crossSeriesReducer', reducer)
  return [...Map.groupBy(all, one => groupKey(one.labels, aggregation.groupBy))].map(([, group]) => {
    const [first] = group
    const kept = first ? groupLabels(first.labels, aggregation.groupBy) : { metricLabels: {}, resourceLabels: {} }
    return { ...kept, ...writer.form, points: sumPoints(group.map(one => one.aligned.points)).map(point => writer.write(point.window, point.sample)) }
  })
}

interface Writer { form: { valueType: string; metricKind: string }; write(window: Window, sample: Sample): JsonObject }

function writerOf({ aligner, reducer, periodSeconds }: Aggregation, distribution: boolean): Writer {
  const share = Number.isNaN(percentile(reducer)) ? percentile(aligner) : percentile(reducer)
  if (distribution && !Number.isNaN(share)) return { form: { valueType: 'DOUBLE', metricKind: 'GAUGE' }, write: (window, sample) => gauge(window, { doubleValue: percentileOf(sample.latency, share / 100) }) }
  if (aligner === 'ALIGN_RATE' && !distribution) return { form: { valueType: 'DOUBLE', metricKind: 'GAUGE' }, write: (window, sample) => gauge(window, { doubleValue: sample.count / periodSeconds }) }
  if (aligner !== 'ALIGN_DELTA' && aligner !== 'ALIGN_NONE') throw unsupported('perSeriesAligner', aligner)
  if (distribution) return { form: { valueType: 'DISTRIBUTION', metricKind: 'DELTA' }, write: (window, sample) => delta(window, { distributionValue: distributionOf(sample) }) }
  return { form: { valueType: 'INT64', metricKind: 'DELTA' }, write: (window, sample) => delta(window, { int64Value: String(sample.count) }) }
}

const time = (ms: number) => new Date(ms).toISOString()
const delta = (window: Window, value: JsonObject): JsonObject => ({ interval: { startTime: time(window.startMs), endTime: time(window.endMs) }, value })
const gauge = (window: Window, value: JsonObject): JsonObject => ({ interval: { startTime: time(window.endMs), endTime: time(window.endMs) }, value })

function sumPoints(all: readonly (readonly Point[])[]): Point[] {
  const sums = new Map<number, Point>()
  for (const point of all.flat()) {
    const known = sums.get(point.window.endMs)
    if (!known) sums.set(point.window.endMs, { window: point.window, sample: { count: point.sample.count, latency: [...point.sample.latency] } })
    else {
      known.sample.count += point.sample.count
      addInto(known.sample.latency, point.sample.latency)
    }
  }
  return [...sums.values()].toSorted((a, b) => b.window.endMs - a.window.endMs)
}

const valueAt = (labels: Labels, field: string): string => {
  const [holder, , name = ''] = field.split('.')
  if (field === 'metric.type') return labels.metricType
  if (field === 'resource.type') return labels.resourceType
  if (field === 'project') return labels.project
  return (holder === 'metric' ? labels.metric[name] : labels.resource[name]) ?? ''
}
const groupKey = (labels: Labels, fields: readonly string[]) => JSON.stringify([labels.resource['project_id'], ...fields.map(field => valueAt(labels, field))])

/** A reduced series keeps the labels it was grouped by; the project always stays. */
function groupLabels(labels: Labels, fields: readonly string[]): { metricLabels: Record<string, string>; resourceLabels: Record<string, string> } {
  const of = (holder: string) => fields.filter(field => field.startsWith(`${holder}.label`)).map(field => [field.split('.')[2] ?? '', valueAt(labels, field)] as const)
  return { metricLabels: Object.fromEntries(of('metric')), resourceLabels: { project_id: labels.resource['project_id'] ?? '', ...Object.fromEntries(of('resource')) } }
}

/** Linear inside the bucket, as percentiles of distributions are estimated. */
function percentileOf(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  let left = total * share
  for (const [i, count] of counts.entries()) {
    const low = i === 0 ? 0 : boundOf(i - 1)
    if (count > 0 && left <= count) return Number.isFinite(boundOf(i)) ? low + (left / count) * (boundOf(i) - low) : low
    left -= count
  }
  return 0
}

function distributionOf({ count, latency }: Sample): JsonObject {
  const mean = count === 0 ? 0 : latency.reduce((sum, n, i) => sum + n * middleOf(i), 0) / count
  const last = latency.findLastIndex(n => n > 0)
  return {
    count: String(count),
    mean,
    sumOfSquaredDeviation: latency.reduce((sum, n, i) => sum + n * (middleOf(i) - mean) ** 2, 0),
    bucketOptions,
    // Trailing zeros may be left out (api/distribution.proto, bucket_counts).
    bucketCounts: latency.slice(0, last + 1).map(String),
  }
}
