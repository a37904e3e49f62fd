import type { BucketCounts, MetricsWindow } from '#lib/drivers/metrics.ts'
import { births } from '#lib/drivers/prometheus/births.ts'
import { nameOf, type Series } from '#lib/drivers/prometheus/client.ts'
import { bad } from '#lib/drivers/prometheus/errors.ts'
import { type Increment, increments, type Scrape } from '#lib/drivers/prometheus/increments.ts'
import type { PrometheusSource } from '#lib/drivers/prometheus/schema.ts'

type Requests = { startMs: number; requests: number; errors: number }
type Latency = { startMs: number; counts: number[] }
/** All that one revision's counters rose by, of every process that counts it. */
export type RevisionIncrements = { region: string; service: string; revision: string; requests: Requests[]; latency: Latency[]; boundsMs: number[] }

/** Counters of one process that live and die together: the classes of a revision, or the buckets of its histogram. */
type Group = { labels: Series['labels']; members: { part: string; series: Series }[] }
type Rise = (group: Group) => Increment[]

/**
 * Increments by revision from the samples of both metrics. Throws DriverError where a label is missing or an answer
 * contradicts itself.
 */
export function readIncrements(answer: readonly Series[], source: PrometheusSource, longestMs: number): RevisionIncrements[] {
  const { metric, region, service, revision, code } = source.requests
  const keyOf = (labels: Series['labels']) => JSON.stringify([region, service, revision].map((label) => labelOf(labels, label)))
  const isRequests = (s: Series) => s.labels['__name__'] === metric
  const bornAfter = births(answer, (labels) => `${labels['__name__'] ?? ''} ${keyOf(labels)}`)
  const rows = new Map<string, RevisionIncrements>()
  const rowOf = ({ labels }: Group): RevisionIncrements => {
    const row = rows.get(keyOf(labels)) ?? { region: labelOf(labels, region), service: labelOf(labels, service), revision: labelOf(labels, revision), requests: [], latency: [], boundsMs: [] }
    rows.set(keyOf(labels), row)
    return row
  }
  const riseOf: Rise = (group) => {
    const scrapes = scrapesOf(group)
    checkCadence(group, scrapes, source, longestMs)
    return increments(scrapes, { bornAfterMs: bornAfter(group.labels, scrapes[0]?.tMs ?? 0), longestMs })
  }
  for (const group of grouped(answer.filter(isRequests), code)) addRequests(rowOf(group), group, riseOf)
  for (const group of grouped(answer.filter((s) => !isRequests(s)), 'le')) addLatency(rowOf(group), group, source, riseOf)
  return [...rows.values()]
}

/**
 * A row's counts in buckets of a window. Null where no increment began: then nothing was measured, which is not zero.
 */
export function bucketsOf(row: RevisionIncrements, window: MetricsWindow, bucketMs: number): (BucketCounts | null)[] {
  const buckets: (BucketCounts | null)[] = Array.from({ length: Math.round((window.toMs - window.fromMs) / bucketMs) }, () => null)
  const at = (startMs: number) => (startMs < window.fromMs || startMs >= window.toMs ? -1 : Math.floor((startMs - window.fromMs) / bucketMs))
  for (const { startMs, requests, errors } of row.requests) {
    const i = at(startMs)
    if (i < 0) continue
    const bucket = (buckets[i] ??= { requests: 0, errors: 0, latency: { boundsMs: [...row.boundsMs], counts: row.boundsMs.map(() => 0) } })
    bucket.requests += requests
    bucket.errors += errors
  }
  for (const { startMs, counts } of row.latency) {
    const bucket = buckets[at(startMs)]
    if (bucket) bucket.latency.counts = bucket.latency.counts.map((n, j) => n + (counts[j] ?? 0))
  }
  return buckets
}

function labelOf(labels: Series['labels'], label: string): string {
  const value = labels[label]
  if (value === undefined || value === '') throw bad(`${nameOf(labels)} has no label ${label}`)
  return value
}

function grouped(answer: readonly Series[], part: string): Group[] {
  const groups = new Map<string, Group>()
  for (const series of answer) {
    const { [part]: value, ...labels } = series.labels
    if (value === undefined || value === '') throw bad(`${nameOf(series.labels)} has no label ${part}`)
    const key = JSON.stringify(Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    const group = groups.get(key) ?? { labels, members: [] }
    group.members.push({ part: value, series })
    groups.set(key, group)
  }
  return [...groups.values()]
}

/** One row per scrape with a value per member. */
function scrapesOf({ members }: Group): Scrape[] {
  const byTime = new Map<number, (number | null)[]>()
  members.forEach(({ series }, i) => {
    for (const { tMs, value } of series.samples) {
      const values = byTime.get(tMs) ?? members.map(() => null)
      values[i] = value
      byTime.set(tMs, values)
    }
  })
  return [...byTime].toSorted(([a], [b]) => a - b).map(([tMs, values]) => ({ tMs, values }))
}

/** Scrapes that are all further apart than the source says would put requests into windows that they are not of. */
function checkCadence(group: Group, scrapes: readonly Scrape[], source: PrometheusSource, longestMs: number): void {
  const gaps = scrapes.slice(1).map((s, i) => s.tMs - (scrapes[i]?.tMs ?? 0))
  if (gaps.length >= 3 && gaps.every((ms) => ms > longestMs)) throw bad(`${nameOf(group.labels)} is scraped every ${Math.round(Math.min(...gaps) / 1000)} s, not every ${source.scrapeMs / 1000} s as the blueprint says`)
}

const codePattern = /^(\d{1,3}|[0-5]xx)$/i

function addRequests(row: RevisionIncrements, group: Group, riseOf: Rise): void {
  for (const { part, series } of group.members) if (!codePattern.test(part)) throw bad(`${nameOf(series.labels)}: "${part.slice(0, 40)}" is not an HTTP status or a class of them`)
  const isError = group.members.map(({ part }) => /^5(\d\d|xx)$/i.test(part))
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)
  for (const { startMs, values } of riseOf(group)) row.requests.push({ startMs, requests: sum(values), errors: sum(values.filter((_, i) => isError[i])) })
}

function addLatency(row: RevisionIncrements, group: Group, source: PrometheusSource, riseOf: Rise): void {
  const members = group.members.map((m) => ({ ...m, boundMs: boundOf(m.part, m.series, source) })).toSorted((a, b) => a.boundMs - b.boundMs)
  const boundsMs = members.map((m) => m.boundMs)
  const name = nameOf(group.labels)
  if (boundsMs.at(-1) !== Infinity) throw bad(`${name} has no bucket le="+Inf"`)
  if (boundsMs.some((b, i) => b === boundsMs[i - 1])) throw bad(`${name} has one bucket twice`)
  if (row.boundsMs.length > 0 && (row.boundsMs.length !== boundsMs.length || row.boundsMs.some((b, i) => b !== boundsMs[i]))) throw bad(`the latency buckets of ${row.revision} are not the same everywhere`)
  row.boundsMs = boundsMs
  const sorted = { ...group, members }
  if (scrapesOf(sorted).some((s) => s.values.includes(null))) throw bad(`the buckets of ${name} were not sampled together, or changed`)
  for (const { startMs, values } of riseOf(sorted)) {
    const counts = values.map((n, i) => n - (values[i - 1] ?? 0))
    if (counts.some((n) => n < 0)) throw bad(`the buckets of ${name} are not cumulative`)
    row.latency.push({ startMs, counts })
  }
}

const msPerUnit = { s: 1000, ms: 1 } as const

function boundOf(le: string, series: Series, source: PrometheusSource): number {
  const bound = le === '+Inf' ? Infinity : Number(le)
  if (Number.isNaN(bound) || bound < 0) throw bad(`${nameOf(series.labels)}: le is no bound`)
  // 0.07 s is 70 ms and not 70.00000000000001.
  return bound === Infinity ? bound : Number((bound * msPerUnit[source.latency.unit]).toPrecision(12))
}
