import ipaddr from 'ipaddr.js'
import { z } from 'zod'
import type { DriverError } from '#lib/drivers/errors.ts'
import { authorizationFor } from '#lib/drivers/prometheus/authorization.ts'
import { bad, refused } from '#lib/drivers/prometheus/errors.ts'
import { AppError } from '#lib/platform/errors.ts'
import { checkOutgoing, outgoingFetch, type OutgoingAnswer } from '#lib/platform/outgoing.ts'

export type ClientOptions = {
  /** Where the server is, without `/api/v1`. */
  url: string
  /** SLUICE_ALLOWED_HOSTS. */
  allowedHosts: readonly string[]
  /** SLUICE_PROMETHEUS_AUTH: what is sent as Authorization, by `host` (https) or `host:port`. */
  authorizations?: ReadonlyMap<string, string>
  timeoutMs?: number
  maxBytes?: number
}
/** One series with its samples, oldest first. */
export type Series = { labels: Readonly<Record<string, string>>; samples: { tMs: number; value: number }[] }

type PrometheusClient = {
  /** The stored samples of a range selector, `metric{…}[5m]`, up to a time. */
  samples(selector: string, rangeMs: number, untilMs: number): Promise<Series[]>
  /** What a selector gives at each step from one time to another: the newest sample then, if it is no older than the server's look-back (5 min). */
  steps(selector: string, grid: { fromMs: number; toMs: number; stepMs: number }): Promise<Series[]>
}

/**
 * The query side of Prometheus's HTTP API v1 (prometheus.io/docs/prometheus/latest/querying/api): `query` and
 * `query_range` by POST, as it allows for long queries. Throws DriverError with what the server said; an answer with
 * warnings is partial and therefore an error. Addresses are checked as all outgoing ones are, and plain http goes only
 * to hosts that the operator listed; credentials go to the host that the operator gave them for, and redirects nowhere.
 */
export function prometheusClient(options: ClientOptions): PrometheusClient {
  return {
    samples: async (selector, rangeMs, untilMs) => readMatrix(options, untilMs, await ask(options, 'query', { query: `${selector}[${rangeMs}ms]`, time: seconds(untilMs) })),
    steps: async (selector, { fromMs, toMs, stepMs }) => readMatrix(options, toMs, await ask(options, 'query_range', { query: selector, start: seconds(fromMs), end: seconds(toMs), step: seconds(stepMs) })),
  }
}

const seconds = (ms: number): string => (ms / 1000).toFixed(3)
const hostOf = (o: ClientOptions): string => (URL.canParse(o.url) ? new URL(o.url).host : 'Prometheus')

async function ask(o: ClientOptions, path: string, form: Record<string, string>): Promise<OutgoingAnswer> {
  const { timeoutMs = 15_000, maxBytes = 64_000_000 } = o
  // Nothing in an address may cut off what is added to it: credentials go with it.
  const asked = `${o.url}/api/v1/${path}`
  if (URL.canParse(asked) && (/[?#]/.test(asked) || !new URL(asked).pathname.endsWith(`/api/v1/${path}`))) throw refused('invalid', `metrics.url: ${hostOf(o)} must be named without a question or a fragment`)
  const authorization = authorizationFor(o.url, o.authorizations)
  try {
    const addresses = await checkedAddresses(o)
    return await outgoingFetch(asked, {
      // Only what was just looked at, so that plain http cannot be led to another host meanwhile.
      allowedHosts: o.allowedHosts, field: 'metrics.url', resolve: async () => addresses, method: 'POST', timeoutMs, maxBytes,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', 'user-agent': 'sluice', ...(authorization !== undefined && { authorization }) },
      body: new URLSearchParams(form).toString(),
    })
  } catch (e) {
    if (e instanceof AppError) throw refused('denied', e.message, e)
    if (e instanceof Error && /^(AbortError|TimeoutError)$/.test(e.name)) throw refused('timeout', `Prometheus at ${hostOf(o)} did not answer within ${timeoutMs} ms`, e)
    if (e instanceof Error && /more than \d+ bytes/.test(e.message)) throw refused('failed', `Prometheus at ${e.message}`, e)
    throw refused('unavailable', `Prometheus at ${hostOf(o)} cannot be reached: ${reasonOf(e)}`, e)
  }
}

// A connection tried at several addresses fails with an AggregateError, which has no words of its own.
const reasonOf = (e: unknown): string => (e instanceof Error ? e.message || ('code' in e ? String(e.code) : e.name) : String(e))

async function checkedAddresses(o: ClientOptions) {
  const { url, addresses } = await checkOutgoing(o.url, { allowedHosts: o.allowedHosts, field: 'metrics.url' })
  // One that is not public has passed only because it is listed.
  const isListed = o.allowedHosts.some((entry) => entry.toLowerCase() === url.hostname) || addresses.every((a) => ipaddr.process(a.address).range() !== 'unicast')
  if (url.protocol !== 'https:' && !isListed) throw new AppError('invalid_input', `metrics.url: ${url.hostname} must be reached by https, or be listed in SLUICE_ALLOWED_HOSTS`, { field: 'metrics.url' })
  return addresses
}

const Answer = z.object({
  status: z.enum(['success', 'error']),
  errorType: z.string().optional(),
  error: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  data: z.object({ resultType: z.string(), result: z.array(z.unknown()) }).optional(),
})

/** The header Date has whole seconds. */
const clockSlackMs = 2_000

const kindOfType: Record<string, DriverError['kind']> = { timeout: 'timeout', canceled: 'unavailable', unavailable: 'unavailable', internal: 'unavailable', bad_data: 'invalid', execution: 'failed' }

function readMatrix(o: ClientOptions, untilMs: number, { status, headers, text }: OutgoingAnswer): Series[] {
  const host = hostOf(o)
  // A gateway may say this in words that look like the server's.
  if (status === 401 || status === 403) throw refusedBy(host, status, authorizationFor(o.url, o.authorizations) !== undefined)
  const json = parsed(text)
  const answer = Answer.safeParse(json)
  if (answer.success && answer.data.status === 'error') throw refused(kindOfType[answer.data.errorType ?? ''] ?? 'failed', `Prometheus at ${host}: ${answer.data.error ?? answer.data.errorType ?? 'an error without words'}`)
  if (status !== 200) throw refusedBy(host, status, authorizationFor(o.url, o.authorizations) !== undefined)
  if (json === undefined) throw bad(`Prometheus at ${host} answered something that is not JSON`)
  if (!answer.success || !answer.data.data) throw bad(`Prometheus at ${host} answered something that is not of its API`)
  const { warnings, data } = answer.data
  if (warnings?.length) throw bad(`Prometheus at ${host} answered only in part: ${warnings.join('; ').slice(0, 300)}`)
  if (data.resultType !== 'matrix') throw bad(`Prometheus at ${host} answered a ${data.resultType}, not a matrix`)
  const behindMs = untilMs - Date.parse(String(headers['date'] ?? ''))
  // What is asked for has not happened there yet, and would be missing without a word.
  if (behindMs > clockSlackMs) throw refused('unavailable', `the clock of Prometheus at ${host} is ${Math.round(behindMs / 1000)} s behind that of Sluice`)
  return data.result.map(readSeries)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function refusedBy(host: string, status: number, isKnown: boolean): DriverError {
  if (status === 401) return refused('denied', isKnown ? `Prometheus at ${host} does not take the credentials that SLUICE_PROMETHEUS_AUTH has for it (401)` : `Prometheus at ${host} asks for credentials (401), and SLUICE_PROMETHEUS_AUTH has none for it`)
  if (status === 403) return refused('denied', `Prometheus at ${host} does not let Sluice read (${status})`)
  if (status === 404) return refused('not_found', `${host} has no Prometheus API at this address (404)`)
  if (status === 429) return refused('quota', `Prometheus at ${host} limits requests (429)`)
  if (status >= 500) return refused('unavailable', `Prometheus at ${host} answered ${status}`)
  if (status >= 300 && status < 400) return refused('failed', `Prometheus at ${host} redirects (${status}), which is not followed`)
  return refused('failed', `Prometheus at ${host} answered ${status}`)
}

const OneSeries = z.object({ metric: z.record(z.string(), z.string()), values: z.unknown().optional(), histograms: z.unknown().optional() })

function readSeries(value: unknown): Series {
  const one = OneSeries.safeParse(value)
  if (!one.success) throw bad('a series came without its labels')
  const { metric: labels, values, histograms } = one.data
  const name = nameOf(labels)
  if (histograms !== undefined) throw bad(`${name} is a native histogram, which is not read: keep the classic buckets`)
  if (!Array.isArray(values)) throw bad(`${name} came without samples`)
  const samples = values.map((pair: unknown) => readSample(pair, name))
  for (const [i, s] of samples.entries()) {
    const last = samples[i - 1]
    if (last && s.tMs === last.tMs) throw bad(`${name} has two samples of the same time`)
    if (last && s.tMs < last.tMs) throw bad(`the samples of ${name} are out of order`)
  }
  return { labels, samples }
}

/** A count is a whole number of zero or more. What is none comes of a rate, a gauge, or a marker of a series that ended. */
function readSample(pair: unknown, name: string): { tMs: number; value: number } {
  if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'number' || typeof pair[1] !== 'string') throw bad(`${name} has a sample that is none`)
  const [time, text] = pair
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(value)) throw bad(`${name} is ${text === 'NaN' ? 'NaN, as at the end of a series' : `"${text.slice(0, 40)}"`}`)
  if (!Number.isSafeInteger(value) || value < 0) throw bad(`${name} is ${text.slice(0, 40)}, which is not a count: it needs a counter that has not been worked on`)
  return { tMs: Math.round(time * 1000), value }
}

/** A series as PromQL writes it, for people. */
export function nameOf(labels: Readonly<Record<string, string>>): string {
  const { __name__: metric = '', ...others } = labels
  const text = `${metric}{${Object.entries(others).map(([k, v]) => `${k}=${JSON.stringify(v)}`).join(',')}}`
  return text.length > 200 ? `${text.slice(0, 199)}…` : text
}
