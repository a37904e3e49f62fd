import { invalid } from '#emulator/errors.ts'
import type { Sample, Series } from '#emulator/monitoring/series.ts'
import { isObject, type JsonObject } from '#emulator/state/json.ts'

export interface Aggregation { aligner: string; reducer: string; groupBy: string[]; periodSeconds: number }
/** A stretch of time, in seconds; `from` and `to` bound the samples counted, half-open by their own seconds. */
export interface Window { startMs: number; endMs: number; fromSecond: number; toSecond: number }

/** Shortest alignment of these metrics (gcp.md 3.5). */
const shortestAlignmentSeconds = 60

export function readAggregation(request: JsonObject): Aggregation {
  const given = isObject(request['aggregation']) ? request['aggregation'] : {}
  const aligner = String(given['perSeriesAligner'] ?? 'ALIGN_NONE')
  const reducer = String(given['crossSeriesReducer'] ?? 'REDUCE_NONE')
  const periodSeconds = Number.parseFloat(String(given['alignmentPeriod'] ?? '0s'))
  const groupBy = Array.isArray(given['groupByFields']) ? given['groupByFields'].map(String) : []
  if (aligner === 'ALIGN_NONE' && reducer !== 'REDUCE_NONE') throw invalid('aggregation.perSeriesAligner', 'Field aggregation.perSeriesAligner must be set, and not to ALIGN_NONE, when aggregation.crossSeriesReducer is.')
  if (aligner !== 'ALIGN_NONE' && periodSeconds < shortestAlignmentSeconds) {
    throw invalid('aggregation.alignmentPeriod', `Field aggregation.alignmentPeriod had an invalid value of "${periodSeconds}s": must be at least ${shortestAlignmentSeconds} seconds.`)
  }
  for (const field of groupBy) {
    if (!/^(resource\.(labels?\.[a-z_]+|type)|metric\.(labels?\.[a-z_]+|type)|project)$/.test(field)) throw invalid('aggregation.groupByFields', `Field aggregation.groupByFields had an invalid value of "${field}".`)
  }
  return { aligner, reducer, groupBy, periodSeconds }
}

/**
 * The windows of a query, newest first. Aligned ones are anchored at the end of the interval and half-open
 * (start, end]; unaligned ones are the samples themselves, on the grid of the sample period. A sample counts once it
 * has ended and the ingest delay has passed.
 */
export function windowsOf(startMs: number, endMs: number, aggregation: Aggregation, samplePeriodSeconds: number, visibleUntilMs: number): Window[] {
  const samples = (ms: number) => Math.floor(Math.min(ms, visibleUntilMs) / 1000 / samplePeriodSeconds) * samplePeriodSeconds
  const aligned = aggregation.aligner !== 'ALIGN_NONE'
  const stepMs = aligned ? aggregation.periodSeconds * 1000 : samplePeriodSeconds * 1000
  const newestMs = aligned ? endMs : samples(endMs) * 1000
  const windows: Window[] = []
  for (let end = newestMs; end > startMs; end -= stepMs) windows.push({ startMs: end - stepMs, endMs: end, fromSecond: samples(end - stepMs), toSecond: samples(end) })
  return windows
}

export interface Point { window: Window; sample: Sample }
export interface AlignedSeries { series: Series; points: Point[] }

/**
 * One sample per window. A series without requests is missing (gcp.md 3.5); between its first and its last requests
 * an aligned series shows zeros, an unaligned one has no point where nothing happened.
 */
export function align(series: Series, windows: readonly Window[], aligned: boolean): AlignedSeries | null {
  const points = windows.map(window => ({ window, sample: series.sample(window.fromSecond, window.toSecond) }))
  const first = points.findIndex(point => point.sample.count > 0)
  if (first === -1) return null
  const last = points.findLastIndex(point => point.sample.count > 0)
  const kept = aligned ? points.slice(first, last + 1) : points.filter(point => point.sample.count > 0)
  return { series, points: kept }
}
