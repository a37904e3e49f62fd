import { beforeEach, expect, test, vi } from 'vitest'
import { canonicalJson } from '#lib/audit/chain.ts'
import { prometheusDefaults, type PrometheusSource } from '#lib/drivers/prometheus/schema.ts'
import { forgetDrivers, metricsFor } from '#lib/drivers/registry.ts'
import { forgetEnv } from '#lib/platform/env.ts'
import { MetricsSource } from '#lib/rollouts/schema.ts'

beforeEach(() => {
  for (const [name, value] of Object.entries({ DATABASE_URL: 'postgresql://sluice@127.0.0.1/sluice', SLUICE_CLOUD: 'emulator', NEXTAUTH_SECRET: 'a-secret-for-tests-only' })) vi.stubEnv(name, value)
  forgetEnv()
  forgetDrivers()
})

const at = (url: string): PrometheusSource => ({ source: 'prometheus', url, ...prometheusDefaults })

test('a source has one driver however its settings are written down, and another one for other settings', () => {
  const one = metricsFor(at('https://p.example'))
  expect(metricsFor(MetricsSource.parse(Object.fromEntries(Object.entries(at('https://p.example')).toReversed())))).toBe(one)
  expect(metricsFor(at('https://q.example'))).not.toBe(one)
  expect(metricsFor({ ...at('https://p.example'), latency: { metric: 'x_seconds', unit: 's' } })).not.toBe(one)
  expect(metricsFor({ source: 'cloud-monitoring' })).toBe(metricsFor({ source: 'cloud-monitoring' }))
})

test('each says its own shortest window', () => {
  expect([metricsFor({ source: 'cloud-monitoring' }).shortestWindowMs, metricsFor(at('https://p.example')).shortestWindowMs]).toEqual([60_000, 15_000])
})

test('settings that could not come of a blueprint are refused', () => {
  const source = at('https://p.example')
  expect(() => metricsFor({ ...source, requests: { ...prometheusDefaults.requests, metric: 'a"}' } })).toThrow(/metric/)
})

test('what an approval binds to of Cloud Monitoring is what it always was', () => {
  expect(canonicalJson(MetricsSource.parse({ source: 'cloud-monitoring', url: 'ignored' }))).toBe('{"source":"cloud-monitoring"}')
})
