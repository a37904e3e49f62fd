import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { prometheus, type PrometheusOptions } from '#lib/drivers/prometheus/driver.ts'
import { prometheusDefaults, type PrometheusSource } from '#lib/drivers/prometheus/schema.ts'

// Answers that a Prometheus in trouble, or something that is none, may give; each from a server of the test's own.
const servers: Server[] = []
let asked: { url: string; form: URLSearchParams }[] = []

async function driver(answer: RequestListener, over: Partial<PrometheusSource> = {}, options: Partial<PrometheusOptions> = {}) {
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      asked.push({ url: `${request.method ?? ''} ${request.url ?? ''}`, form: new URLSearchParams(body) })
      answer(request, response)
    })
  })
  servers.push(server)
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return prometheus({ source: 'prometheus', url: `http://127.0.0.1:${port}`, ...prometheusDefaults, ...over }, { allowedHosts: ['127.0.0.1'], ...options })
}
afterEach(() => {
  asked = []
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

const place = { project: 'p', region: 'r', service: 's' }
const window = { fromMs: 1_000_000, toMs: 1_060_000 }
type Values = readonly (readonly [number, string])[]
/** A counter each 15 s through the window and a scrape after it. */
const steady = (step = 10): Values => [985, 1000, 1015, 1030, 1045, 1060, 1075].map((t, i) => [t + 0.5, String(i * step)])
const labels = { project: 'p', region: 'r', service: 's', revision: 'rev', job: 'router', instance: 'a' }
const requests = (over: Record<string, string> = {}, values: Values = steady()) => ({ metric: { __name__: 'run_requests_total', ...labels, code_class: '2xx', ...over }, values })
const bucket = (le: string, values: Values = steady(), over: Record<string, string> = {}) => ({ metric: { __name__: 'run_request_latency_ms_bucket', ...labels, ...over, le }, values })
const matrix = (...result: unknown[]) => ({ status: 'success', data: { resultType: 'matrix', result } })
const saying = (body: unknown, status = 200): RequestListener => (_, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(typeof body === 'string' ? body : JSON.stringify(body))
const changed = (i: number, sample: readonly [number, string]): Values => steady().map((s, j) => (j === i ? sample : s))

describe('an answer without sense is an error that names the cause, never a number', () => {
  test.each<[string, unknown, RegExp]>([
    ['no JSON', '<html>login</html>', /answered something that is not JSON$/],
    ['JSON of something else', { hello: 1 }, /not of its API$/],
    ['an instant vector', { status: 'success', data: { resultType: 'vector', result: [] } }, /answered a vector, not a matrix$/],
    ['a part with warnings', { ...matrix(requests()), warnings: ['store 2 did not answer'] }, /answered only in part: store 2 did not answer$/],
    ['an error with status 200', { status: 'error', errorType: 'execution', error: 'query processing would load too many samples' }, /too many samples$/],
    ['a series without labels', matrix({ values: [] }), /without its labels$/],
    ['a series without samples', matrix({ metric: requests().metric }), /without samples$/],
    ['a native histogram', matrix({ ...requests(), histograms: [] }), /native histogram/],
    ['NaN, as at the end of a series', matrix(requests({}, changed(3, [1030.5, 'NaN']))), /code_class="2xx"\} is NaN/],
    ['infinity', matrix(requests({}, changed(3, [1030.5, '+Inf']))), /is "\+Inf"$/],
    ['a negative count', matrix(requests({}, changed(3, [1030.5, '-4']))), /is -4, which is not a count/],
    ['a rate', matrix(requests({}, changed(3, [1030.5, '2.5']))), /is 2.5, which is not a count: it needs a counter/],
    ['a value that is no number', matrix(requests({}, changed(3, [1030.5, 'many']))), /is "many"$/],
    ['an empty value', matrix(requests({}, changed(3, [1030.5, '']))), /is ""$/],
    ['a sample that is none', matrix({ metric: requests().metric, values: [[1, 2]] }), /a sample that is none$/],
    ['two samples of one time', matrix(requests({}, changed(3, [1015.5, '30']))), /two samples of the same time$/],
    ['samples out of order', matrix(requests({}, changed(3, [999, '30']))), /out of order$/],
    ['no revision', matrix(requests({ revision: '' })), /has no label revision$/],
    ['no service', matrix(requests({ service: '' })), /has no label service$/],
    ['no class', matrix(requests({ code_class: '' })), /has no label code_class$/],
    ['a class that is none', matrix(requests({ code_class: 'OK' })), /"OK" is not an HTTP status or a class/],
    ['no bound', matrix(requests(), { metric: { ...bucket('1').metric, le: '' }, values: steady() }), /has no label le$/],
    ['a bound that is none', matrix(requests(), bucket('x'), bucket('+Inf')), /le is no bound$/],
    ['no last bucket', matrix(requests(), bucket('100')), /has no bucket le="\+Inf"$/],
    ['one bucket twice', matrix(requests(), bucket('1'), bucket('1.0'), bucket('+Inf')), /one bucket twice$/],
    ['buckets that do not add up', matrix(requests(), bucket('100', steady(20)), bucket('+Inf', steady(10))), /are not cumulative$/],
    ['buckets of different scrapes', matrix(requests(), bucket('100', steady().slice(1)), bucket('+Inf')), /not sampled together, or changed$/],
    ['buckets of two shapes', matrix(requests(), bucket('+Inf'), bucket('100', steady(), { instance: 'b' }), bucket('+Inf', steady(), { instance: 'b' })), /not the same everywhere$/],
  ])('%s', async (_, body, message) => {
    const d = await driver(saying(body))
    await expect(d.counts(place, window)).rejects.toMatchObject({ name: 'DriverError', provider: 'prometheus', outcome: 'none', kind: 'failed', message: expect.stringMatching(message) as unknown })
  })

  test.each<[string, number, unknown, string, RegExp]>([
    ['a query it does not take', 400, { status: 'error', errorType: 'bad_data', error: 'parse error' }, 'invalid', /parse error$/],
    ['its own time-out', 503, { status: 'error', errorType: 'timeout', error: 'query timed out' }, 'timeout', /query timed out$/],
    ['no right to read', 403, 'go away', 'denied', /does not let Sluice read \(403\)$/],
    ['another address', 404, 'not here', 'not_found', /has no Prometheus API at this address/],
    ['too much asked', 429, '', 'quota', /limits requests/],
    ['a proxy without a server', 502, '<html>', 'unavailable', /answered 502$/],
    ['a redirect', 302, '', 'failed', /redirects \(302\), which is not followed$/],
  ])('%s', async (_, status, body, kind, message) => {
    const d = await driver(saying(body, status))
    await expect(d.counts(place, window)).rejects.toMatchObject({ name: 'DriverError', kind, message: expect.stringMatching(message) as unknown })
  })

  test('a clock that is behind, for which the window has not passed yet', async () => {
    const d = await driver(saying(matrix(requests())))
    const toMs = Date.now() + 60_000
    await expect(d.counts(place, { fromMs: toMs - 60_000, toMs })).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/is (79|80|81) s behind that of Sluice$/) as unknown })
  })

  test('no answer in time, an answer without end, and nobody there', async () => {
    const silent = await driver(() => undefined, {}, { timeoutMs: 50 })
    await expect(silent.counts(place, window)).rejects.toMatchObject({ kind: 'timeout', message: expect.stringMatching(/did not answer within 50 ms$/) as unknown })
    const endless = await driver(saying(matrix(requests())), {}, { maxBytes: 100 })
    await expect(endless.counts(place, window)).rejects.toMatchObject({ kind: 'failed', message: expect.stringMatching(/answered more than 100 bytes$/) as unknown })
    const gone = prometheus({ source: 'prometheus', url: 'http://127.0.0.1:1', ...prometheusDefaults }, { allowedHosts: ['127.0.0.1'] })
    await expect(gone.counts(place, window)).rejects.toMatchObject({ kind: 'unavailable', message: expect.stringMatching(/127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/) as unknown })
  })
})

describe('a right answer', () => {
  test('is asked for by one question for both metrics, every value quoted', async () => {
    const d = await driver(saying(matrix()))
    expect(await d.counts({ project: 'p"', region: 'r', service: 's\\' }, window)).toEqual([])
    await d.projectCounts('p', window, ['a', 'b.c'])
    await d.projectCounts('p', window)
    const name = '__name__=~"run_requests_total|run_request_latency_ms_bucket"'
    expect(asked.map((a) => [a.url, a.form.get('query'), a.form.get('time')])).toEqual([
      // The window, a scrape and 5 s after it, eight scrapes before it.
      ['POST /api/v1/query', `{${name},project="p\\"",region="r",service="s\\\\"}[200000ms]`, '1080.000'],
      ['POST /api/v1/query', `{${name},project="p",service=~"a|b\\\\.c"}[200000ms]`, '1080.000'],
      ['POST /api/v1/query', `{${name},project="p"}[200000ms]`, '1080.000'],
    ])
  })

  test('counts what began in the window, by class, in milliseconds, of all who count the revision', async () => {
    const seconds = { latency: { metric: 'run_request_latency_ms', unit: 's' as const } }
    const d = await driver(saying(matrix(requests(), requests({ code_class: '503' }, steady(1)), requests({ instance: 'b' }, steady(100)), bucket('0.07', steady(4)), bucket('+Inf', steady(11)), bucket('0.07', steady(4), { instance: 'b' }), bucket('+Inf', steady(100), { instance: 'b' }))), seconds)
    // Increments that begin at 1000.5, 1015.5, 1030.5 and 1045.5 s.
    expect(await d.counts(place, window)).toEqual([{ revision: 'rev', requests: 4 * 111, errors: 4, latency: { boundsMs: [70, Infinity], counts: [4 * 8, 4 * 103] } }])
  })

  test('has zero requests where counters stood still, and no revision whose series ended before', async () => {
    const d = await driver(saying(matrix(requests({}, steady(0)), requests({ revision: 'gone' }, steady().slice(0, 2)))))
    expect((await d.counts(place, window)).map((c) => [c.revision, c.requests])).toEqual([['rev', 0]])
  })

  test('has what a series counted before its first scrape, if its process was scraped before without it', async () => {
    const late = (over: Record<string, string>) => requests(over, steady().slice(3))
    const d = await driver(saying(matrix(requests(), late({ revision: 'new' }), late({ revision: 'elsewhere', instance: 'b' }))))
    // 30 when it came, and 10 by each of the two scrapes that follow.
    expect((await d.counts(place, window)).map((c) => [c.revision, c.requests])).toEqual([['rev', 40], ['new', 50], ['elsewhere', 20]])
  })

  test('takes no counters for new ones when they only got other labels', async () => {
    const big: Values = steady().map(([t, n]) => [t, String(5000 + Number(n))])
    const d = await driver(saying(matrix(requests({}, big.slice(0, 3)), requests({ team: 'x' }, big.slice(3)))))
    expect((await d.counts(place, window)).map((c) => c.requests)).toEqual([30])
  })

  test('bridges a missed scrape: nothing is lost, nothing counted twice', async () => {
    const d = await driver(saying(matrix(requests({}, steady().filter((_, i) => i !== 3)))))
    const counts = await Promise.all([[1000, 1015], [1015, 1030], [1030, 1045], [1045, 1060]].map(([from, to]) => d.counts(place, { fromMs: (from ?? 0) * 1000, toMs: (to ?? 0) * 1000 })))
    expect(counts.map(([c]) => c?.requests)).toEqual([10, 20, undefined, 10])
  })
})

describe('where it may be asked', () => {
  const at = (url: string, allowedHosts: string[] = []) => prometheus({ source: 'prometheus', url, ...prometheusDefaults }, { allowedHosts, timeoutMs: 50 }).counts(place, window)
  test.each([
    ['this machine', 'https://127.0.0.1:9090', []],
    ['a private address', 'http://10.0.0.7:9090', []],
    ['a link-local address', 'https://169.254.1.1', []],
    ['the metadata of the machine, listed or not', 'http://169.254.169.254', ['169.254.0.0/16']],
    ['a public host in the open', 'http://93.184.216.34', []],
  ])('%s is refused', async (_, url, allowed) => {
    await expect(at(url, allowed)).rejects.toMatchObject({ name: 'DriverError', kind: 'denied', retriable: false, message: expect.stringMatching(/^metrics\.url: /) as unknown })
  })

  test('a listed host is asked, by its name or its range, in the open too', async () => {
    for (const allowed of ['127.0.0.1', '127.0.0.0/8']) {
      const d = await driver(saying(matrix()), {}, { allowedHosts: [allowed] })
      expect(await d.counts(place, window)).toEqual([])
    }
  })
})
