import type { ServerResponse } from 'node:http'
import type { Cloud } from '#emulator/cloud.ts'
import { bucketOf, bucketTotal, boundOf, middleOf } from '#emulator/monitoring/latency.ts'
import { addInto } from '#emulator/monitoring/load.ts'
import { loadBetween } from '#emulator/monitoring/series.ts'
import { parseServiceName } from '#emulator/run/names.ts'

/** What the router has counted of one revision. `byClass` has a class only once an answer of it was sent. */
interface Counted { service: string; revision: string; byClass: Map<string, number>; latency: number[]; sumMs: number }

/** Counters that nobody read for longer begin anew, so that one reading never has to count years of load. */
const longestUnreadSeconds = 86_400
/** The clock of a database wobbles by fractions of a second; what goes back further was moved. */
const wobbleSeconds = 60

/**
 * The router's own counters, for a Prometheus to scrape: background load up to the last whole second of the emulator's
 * clock, and real requests as they are answered. As on a real router they begin at zero when the process starts, only
 * rise, and are lost with it.
 */
export class RouterCounters {
  readonly #cloud: Cloud
  readonly #counted = new Map<string, Counted>()
  #untilSecond: number

  constructor(cloud: Cloud) {
    this.#cloud = cloud
    this.#untilSecond = this.#nowSecond()
  }

  /** Counts one answered request. `service` is a resource name. */
  count(service: string, revision: string, status: number, latencyMs: number): void {
    const one = this.#of(service, revision)
    add(one, status, 1)
    addAt(one.latency, bucketOf(latencyMs))
    one.sumMs += latencyMs
  }

  /** Back to zero, as after a restart of the router: of one service, or of all (null). */
  reset(service: string | null): void {
    this.#countLoad()
    for (const [key, one] of this.#counted) if (service === null || one.service === service) this.#counted.delete(key)
  }

  /** Everything in the text format 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats). */
  text(): string {
    this.#countLoad()
    const silent = new Set(this.#cloud.state.setting('metrics').silent)
    const shown = [...this.#counted.values()].filter(one => !silent.has(one.revision))
    const lines = [
      '# HELP run_requests_total Requests that the router sent to a revision and got an answer for.',
      '# TYPE run_requests_total counter',
      ...shown.flatMap(one => [...one.byClass].map(([codeClass, n]) => `run_requests_total{${labelsOf(one)},code_class="${codeClass}"} ${n}`)),
      '# HELP run_request_latency_ms Time from the request to its answer, in milliseconds, of all answers.',
      '# TYPE run_request_latency_ms histogram',
      ...shown.flatMap(histogram),
    ]
    return `${lines.join('\n')}\n`
  }

  #nowSecond = () => Math.floor(this.#cloud.clock.nowMs() / 1000)

  #countLoad(): void {
    const now = this.#nowSecond()
    const since = now - this.#untilSecond
    if (since < 0 && since >= -wobbleSeconds) return
    if (since < 0 || since > longestUnreadSeconds) this.#counted.clear()
    else for (const series of since === 0 ? [] : loadBetween(this.#cloud, this.#untilSecond, now)) {
      const sample = series.sample(this.#untilSecond, now)
      if (sample.count === 0) continue
      const one = this.#of(`projects/${series.project}/locations/${series.region}/services/${series.service}`, series.revision)
      add(one, Number(series.code), sample.count)
      addInto(one.latency, sample.latency)
      one.sumMs += sample.latency.reduce((sum, n, bucket) => sum + n * middleOf(bucket), 0)
    }
    this.#untilSecond = now
  }

  #of(service: string, revision: string): Counted {
    const key = `${service}|${revision}`
    const known = this.#counted.get(key) ?? { service, revision, byClass: new Map<string, number>(), latency: Array.from({ length: bucketTotal }, () => 0), sumMs: 0 }
    this.#counted.set(key, known)
    return known
  }
}

export function serveExposition(counters: RouterCounters, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  response.end(counters.text())
}

function add(one: Counted, status: number, n: number): void {
  const codeClass = `${Math.floor(status / 100)}xx`
  one.byClass.set(codeClass, (one.byClass.get(codeClass) ?? 0) + n)
}

function addAt(counts: number[], bucket: number): void {
  counts[bucket] = (counts[bucket] ?? 0) + 1
}

const quoted = (value: string) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`

function labelsOf(one: Counted): string {
  const at = parseServiceName(one.service)
  return `project=${quoted(at.project)},region=${quoted(at.region)},service=${quoted(at.service)},revision=${quoted(one.revision)}`
}

/** Buckets of the format are cumulative and end in +Inf, which equals the count. */
function histogram(one: Counted): string[] {
  const labels = labelsOf(one)
  let below = 0
  const buckets = one.latency.map((n, i) => {
    below += n
    const bound = boundOf(i)
    return `run_request_latency_ms_bucket{${labels},le="${Number.isFinite(bound) ? bound : '+Inf'}"} ${below}`
  })
  return [...buckets, `run_request_latency_ms_sum{${labels}} ${one.sumMs}`, `run_request_latency_ms_count{${labels}} ${below}`]
}
