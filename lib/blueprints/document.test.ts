import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { writeBlueprint } from '#lib/blueprints/document.ts'
import type { BlueprintModel, EnvironmentModel, StrategyModel } from '#lib/blueprints/model.ts'
import { readBlueprint } from '#lib/blueprints/read.ts'
import type { Analysis, ApprovalRule, CompareRule, DeployConfig, HttpCheck, MetricsSource, Rule, ThresholdRule } from '#lib/rollouts/schema.ts'

const slug = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/)
const slugs = (min: number, max: number) => fc.uniqueArray(slug, { minLength: min, maxLength: max })
/** Names that YAML reads as something else unless they are quoted: true, ~, 1e3, a: b, # x. */
const text = fc.oneof(fc.constantFrom('true', '~', 'null', '1e3', '0x10', 'a: b', '# x', '- y', "it's", '"q"', '{ }', '2026-01-01', 'ä ☃ 😀', '!!str', '&a', '*a', '%'), fc.stringMatching(/^[ -~]{1,40}$/).map((s) => s.trim()).filter((s) => s.length > 0))
const texts = (max: number) => fc.uniqueArray(text, { maxLength: max })
const seconds = (min: number, max: number) => fc.integer({ min, max }).map((s) => s * 1000)
const subset = <T extends string>(values: readonly T[], minLength: number) => fc.subarray([...values], { minLength }).map((v) => v.toSorted())

const approval = (name: string): fc.Arbitrary<ApprovalRule> =>
  fc.record({ name: fc.constant(name), count: fc.integer({ min: 1, max: 20 }), roles: subset(['admin', 'developer', 'release_manager'], 1), exclude: subset(['author', 'requester'], 0), expiresAfterMs: fc.option(seconds(1, 1e6)) })
const each = <T, U>(values: readonly T[], make: (value: T) => fc.Arbitrary<U>): fc.Arbitrary<U[]> => fc.tuple(...values.map(make))

const rule = (name: string): fc.Arbitrary<Rule> => fc.oneof(threshold(name), compare(name))

const compare = (name: string): fc.Arbitrary<CompareRule> => {
  const base = { name: fc.constant(name), kind: fc.constant('compare' as const), mode: fc.constantFrom('watch', 'ask', 'rollback'), alpha: fc.option(fc.integer({ min: 1, max: 1000 }).map((n) => n / 1e6)), minRequests: fc.integer({ min: 1, max: 1e6 }) }
  return fc.oneof(
    fc.record({ ...base, metric: fc.constant('error_rate' as const), tolerance: fc.integer({ min: 0, max: 1e6 }).map((n) => n / 1e6) }),
    fc.record({ ...base, metric: fc.constant('latency' as const), tolerance: fc.constant(0) }),
  )
}

const threshold = (name: string): fc.Arbitrary<ThresholdRule> => {
  const base = { name: fc.constant(name), kind: fc.constant('threshold' as const), mode: fc.constantFrom('watch', 'ask', 'rollback'), overMs: seconds(1, 86_400), minRequests: fc.integer({ min: 1, max: 1e6 }) }
  return fc.oneof(
    fc.record({ ...base, metric: fc.constant('error_rate' as const), max: fc.integer({ min: 0, max: 1e6 }).map((n) => n / 1e6) }),
    fc.record({ ...base, metric: fc.constantFrom('latency_p50', 'latency_p95', 'latency_p99'), max: fc.integer({ min: 1, max: 3_600_000 }) }),
  )
}

const strategy = (name: string, suites: readonly string[]): fc.Arbitrary<StrategyModel> => {
  const weights = fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 4 }).map((w) => [...w.toSorted((a, b) => a - b), 100])
  const extra = fc.oneof(
    fc.record({ kind: fc.constant('bake' as const), durationMs: seconds(0, 1e6), early: fc.boolean() }),
    ...(suites.length > 0 ? [fc.record({ kind: fc.constant('verify' as const), suite: fc.constantFrom(...suites) })] : []),
  )
  const steps = fc.tuple(fc.option(fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/)), weights, fc.array(extra, { maxLength: 4 }), text.chain(approval)).map(([tag, percents, extras, approve]): StrategyModel['steps'] => [
    { kind: 'deploy', tag },
    ...percents.flatMap((percent, i): StrategyModel['steps'] => [{ kind: 'setWeight', percent }, ...(extras[i] ? [extras[i]] : []), ...(i === 0 && percent !== 100 ? [{ kind: 'approve' as const, rule: approve }] : [])]),
  ])
  return fc.record({
    name: fc.constant(name),
    steps,
    analysis: fc.record({
      notEnoughData: fc.record({ afterMs: seconds(0, 1e6), then: fc.constantFrom('ask', 'rollback', 'advance') }),
      cannotMeasure: fc.record({ afterMs: seconds(0, 1e6), then: fc.constantFrom('ask', 'rollback') }),
      rules: texts(3).chain((names) => each(names, rule)),
    }).map((a): Analysis => ({ ...a, ...(a.rules.length === 1 && { alpha: 0.02 }), ...(a.rules.length === 2 && { warmUpMs: 90_000 }) })),
  })
}

const check = (name: string): fc.Arbitrary<HttpCheck> =>
  fc.record({
    name: fc.constant(name),
    method: fc.constantFrom('GET', 'POST', 'HEAD'),
    path: fc.stringMatching(/^\/[a-z0-9?=&%.-]{0,20}$/),
    headers: fc.dictionary(fc.stringMatching(/^x-[a-z]{1,8}$/), fc.stringMatching(/^[ -~]{0,20}$/), { maxKeys: 2 }),
    status: fc.uniqueArray(fc.integer({ min: 100, max: 599 }), { minLength: 1, maxLength: 3 }).map((s) => s.toSorted((a, b) => a - b)),
    withinMs: fc.option(fc.integer({ min: 1, max: 60_000 })),
    attempts: fc.integer({ min: 1, max: 20 }),
  })

const variables = (prefix: string, value: fc.Arbitrary<string | null>) => fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/).map((n) => prefix + n), value, { minKeys: 1, maxKeys: 3 })
const config: fc.Arbitrary<DeployConfig> = fc.record(
  {
    env: variables('E', fc.option(fc.oneof(text, fc.constantFrom('', '8080', '1.10', 'yes', 'a\nb\n', ' x ')))),
    secrets: variables('S', fc.option(fc.constantFrom('key:3', 'key:latest', 'projects/p/secrets/key:12'))),
    resources: fc.constantFrom({ cpu: '2' }, { memory: '4Gi' }, { cpu: '1000m', memory: '512Mi' }),
    scaling: fc.constantFrom({ min: 0 }, { max: 5 }, { min: 1, max: 5 }),
    concurrency: fc.integer({ min: 1, max: 1000 }),
    timeoutSeconds: fc.integer({ min: 1, max: 3600 }),
    serviceAccount: fc.constant('api@p.iam.gserviceaccount.com'),
  },
  { requiredKeys: [] },
)

const metricName = fc.stringMatching(/^[a-zA-Z_:][a-zA-Z0-9_:]{0,20}$/).filter((n) => !/_(bucket|sum|count)$/.test(n))
const label = fc.stringMatching(/^[a-zA-Z][a-zA-Z0-9_]{0,12}$/)
const metrics: fc.Arbitrary<MetricsSource | null> = fc.oneof(
  fc.constantFrom(null, { source: 'cloud-monitoring' as const }),
  fc.record({
    source: fc.constant('prometheus' as const),
    url: fc.constantFrom('https://prometheus.example.com', 'http://10.0.0.7:9090', 'https://example.com/prometheus'),
    scrapeMs: seconds(1, 120),
    requests: fc.record({ metric: metricName, project: label, region: label, service: label, revision: label, code: label }),
    latency: fc.record({ metric: metricName, unit: fc.constantFrom('s', 'ms') }),
  }),
)

const environment = (name: string, index: number, earlier: readonly string[], services: readonly string[], strategies: readonly string[]): fc.Arbitrary<EnvironmentModel> =>
  fc.record({
    name: fc.constant(name),
    was: fc.constantFrom(null, `old-${name}`),
    tier: fc.constantFrom('development', 'staging', 'production'),
    strategy: fc.constantFrom(...strategies),
    after: subset(earlier, 0).chain((names) => each(names, (environment) => fc.record({ environment: fc.constant(environment), soakMs: seconds(0, 1e6) }))),
    start: fc.constantFrom('auto', 'manual'),
    onNewer: fc.constantFrom('supersede', 'queue'),
    onFreeze: fc.constantFrom('hold', 'return'),
    approvals: texts(2).chain((names) => each(names, approval)),
    targets: subset(services, 1).chain((names) => each(names, (service) => fc.record({ service: fc.constant(service), cloudRun: fc.constant({ project: 'project-x', region: 'us-central1', service: `s${index}-${services.indexOf(service)}` }), metrics, config }))),
  })

const model: fc.Arbitrary<BlueprintModel> = fc.tuple(slugs(1, 3), slugs(1, 3), slugs(1, 2), slugs(0, 2)).chain(([services, environments, strategies, suites]) =>
  fc.record({
    name: slug,
    title: text,
    owner: text,
    services: each(services, (name) => fc.record({ name: fc.constant(name), kind: fc.constant('service' as const), was: fc.constantFrom(null, `old-${name}`), repository: fc.constantFrom(null, 'us-docker.pkg.dev/p/api') })),
    order: fc.constantFrom([], services.map((s) => [s]), [services]),
    environments: fc.tuple(...environments.map((name, i) => environment(name, i, environments.slice(0, i), services, strategies))),
    strategies: each(strategies, (name) => strategy(name, suites)),
    suites: each(suites, (name) => fc.record({ name: fc.constant(name), checks: texts(3).filter((t) => t.length > 0).chain((names) => each(names, check)) })),
  }),
)

test('what is exported reads back to the same model, whatever it says', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(model, (m) => {
      const read = readBlueprint(writeBlueprint(m))
      expect(read.ok ? read.model : read.problems).toEqual(m)
    }),
    { numRuns: 60, seed: 20_261_120 },
  )
})

const folder = path.resolve(import.meta.dirname, '../../blueprints')
test.each(readdirSync(folder))('%s survives export and reading, and the second export is the same text', (file) => {
  const read = readBlueprint(readFileSync(path.join(folder, file), 'utf8'))
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const exported = writeBlueprint(read.model)
  const again = readBlueprint(exported)
  expect(again.ok ? again.model : again.problems).toEqual(read.model)
  expect(exported).toBe(again.ok ? writeBlueprint(again.model) : '')
})
