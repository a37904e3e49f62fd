import { afterAll, beforeAll, expect, test } from 'vitest'
import { authorizationFor } from '#lib/drivers/prometheus/authorization.ts'
import { prometheus } from '#lib/drivers/prometheus/driver.ts'
import { prometheusDefaults } from '#lib/drivers/prometheus/schema.ts'
import { launchPrometheus, type LaunchedPrometheus } from '#lib/drivers/testing/prometheus.ts'

// "test", as the guide of Prometheus gives it (prometheus.io/docs/guides/basic-auth).
const bcrypted = '$2b$12$hNf2lSsxfm0.i4a.1kVpSOVyBCfIB51VRjgBUyv6kdnyTlgWj81Ay'
let guarded: LaunchedPrometheus | undefined
beforeAll(async () => {
  guarded = await launchPrometheus({ users: { sluice: bcrypted } })
})
afterAll(() => guarded?.stop())

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const from = (url: string, authorizations: ReadonlyMap<string, string>, allowedHosts = ['127.0.0.1']) => {
  const nowMs = Math.floor(Date.now() / 1000) * 1000 - 60_000
  return prometheus({ source: 'prometheus', url, ...prometheusDefaults }, { allowedHosts, authorizations }).counts({ project: 'demo', region: 'r', service: 's' }, { fromMs: nowMs - 60_000, toMs: nowMs })
}
const read = (authorizations: ReadonlyMap<string, string>) => from(guarded?.url ?? '', authorizations)
const host = () => new URL(guarded?.url ?? '').host

test('a server that asks for credentials is read with those for its host', async () => {
  expect(await read(new Map([[host(), basic('sluice:test')]]))).toEqual([])
})

test('a host without its port is of https alone, so that no secret goes in the clear by the word http', () => {
  const given = new Map([['p.example', 'Bearer a'], ['q.example:80', 'Bearer b'], ['r.example:443', 'Bearer c'], ['s.example:9090', 'Bearer d'], ['[::1]', 'Bearer e']])
  const sent = (address: string) => authorizationFor(address, given)
  expect(['https://p.example/prom', 'https://P.example', 'https://p.example:443', 'https://r.example', 'http://q.example', 'http://s.example:9090', 'https://s.example:9090', 'https://[::1]'].map(sent)).toEqual(['Bearer a', 'Bearer a', 'Bearer a', 'Bearer c', 'Bearer b', 'Bearer d', 'Bearer d', 'Bearer e'])
  expect(['http://p.example', 'https://p.example:9090', 'https://p.example.', 'https://p.example@evil.example', 'https://q.example', 'http://r.example', 'https://s.example', 'nonsense'].map(sent)).toEqual(Array(8).fill(undefined))
})

test('an address that would cut off what is added to it is asked nothing', async () => {
  for (const cut of ['/-/quit?', '/-/quit#', '/?a=b'])
    await expect(from(`${guarded?.url}${cut}`, new Map([[host(), basic('sluice:test')]]))).rejects.toMatchObject({ kind: 'invalid', message: expect.stringMatching(/without a question or a fragment/) })
})

test('without any, with those of another host or port, or with wrong ones the cause is said, and no secret', async () => {
  const none = /asks for credentials \(401\), and SLUICE_PROMETHEUS_AUTH has none for it$/
  await expect(read(new Map())).rejects.toMatchObject({ kind: 'denied', retriable: false, message: expect.stringMatching(none) })
  for (const other of ['127.0.0.1', '127.0.0.1:1', 'prometheus.example.test']) await expect(read(new Map([[other, basic('sluice:test')]]))).rejects.toThrow(none)
  const error = await read(new Map([[host(), basic('sluice:wrong')]])).catch((e: unknown) => e)
  expect(error).toMatchObject({ kind: 'denied', message: `Prometheus at ${host()} does not take the credentials that SLUICE_PROMETHEUS_AUTH has for it (401)` })
  expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toMatch(/sluice:|c2x1aWNl/)
})
