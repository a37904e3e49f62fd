import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readBlueprint } from '#lib/blueprints/read.ts'
import { warningsOf } from '#lib/blueprints/warnings.ts'

/** A small whole blueprint; each case changes one thing. */
const good = `apiVersion: sluice/v1
kind: Application
metadata: { name: shop, title: Shop, owner: team }
spec:
  services:
    - { name: api, kind: service, repository: us-docker.pkg.dev/shop/api }
    - { name: web, kind: service }
  order: [[api], [web]]
  environments:
    - name: staging
      tier: staging
      strategy: straight
      targets:
        - { service: api, cloudRun: { project: shop-stg, region: us-central1, service: shop-api } }
    - name: production
      tier: production
      after: [{ environment: staging, soak: 30m }]
      strategy: canary
      approvals:
        - { name: managers, count: 1, roles: [release_manager], exclude: [requester], expiresAfter: 72h }
      targets:
        - service: api
          cloudRun: { project: shop-prd, region: us-central1, service: shop-api }
          metrics: { source: cloud-monitoring }
          config:
            env: { LOG_LEVEL: INFO }
            secrets: { KEY: shop-key:3 }
            scaling: { min: 1, max: 5 }
  strategies:
    - name: straight
      steps: [{ deploy: { tag: next } }, { setWeight: 100 }, { bake: 1m }]
    - name: canary
      steps: [{ deploy: { tag: blue } }, { verify: { suite: smoke } }, { setWeight: 10 }, { bake: 10m }, { setWeight: 100 }]
      analysis:
        rules:
          - { name: errors, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }, mode: rollback }
          - { name: slow, threshold: { metric: latency_p95, max: 500ms, over: 5m, minRequests: 50 } }
  suites:
    - name: smoke
      checks:
        - { name: health, http: { path: /health, expect: { status: 200, within: 2s } }, attempts: 3 }
`

const problemsOf = (yaml: string) => {
  const read = readBlueprint(yaml)
  return read.ok ? [] : read.problems
}
/** `good` with one piece of text replaced; a piece that is not there is a broken case. */
const changed = (from: string, to: string) => {
  expect(good.split(from).length, `"${from}" once in the example`).toBe(2)
  return good.replace(from, () => to)
}

test('the example reads, with durations in ms, rates as fractions and what is left out filled in', () => {
  const read = readBlueprint(good)
  expect(read).toMatchObject({
    ok: true,
    model: {
      name: 'shop',
      order: [['api'], ['web']],
      environments: [
        { name: 'staging', start: 'auto', onNewer: 'queue', onFreeze: 'hold', approvals: [], after: [], targets: [{ metrics: null, config: {} }] },
        { after: [{ environment: 'staging', soakMs: 1_800_000 }], approvals: [{ expiresAfterMs: 259_200_000 }], targets: [{ config: { secrets: { KEY: 'shop-key:3' } } }] },
      ],
      strategies: [
        { analysis: { notEnoughData: { afterMs: 1_800_000, then: 'ask' }, cannotMeasure: { afterMs: 1_800_000, then: 'ask' }, rules: [] } },
        { analysis: { rules: [{ max: 0.01, overMs: 300_000 }, { max: 500, mode: 'ask' }] } },
      ],
      suites: [{ checks: [{ method: 'GET', status: [200], withinMs: 2000, attempts: 3 }] }],
    },
  })
})

test('Prometheus is read with the names of its metrics and labels, and what is left out is the usual', () => {
  const usual = { metric: 'run_requests_total', project: 'project', region: 'region', service: 'service', revision: 'revision', code: 'code_class' }
  const sourceOf = (yaml: string) => {
    const read = readBlueprint(changed('{ source: cloud-monitoring }', yaml))
    return read.ok ? read.model.environments[1]?.targets[0]?.metrics : read.problems
  }
  expect(sourceOf('{ source: prometheus, url: https://p.example/base/ }')).toEqual({ source: 'prometheus', url: 'https://p.example/base', scrapeMs: 15_000, requests: usual, latency: { metric: 'run_request_latency_ms', unit: 'ms' } })
  expect(sourceOf('{ source: prometheus, url: https://p.example, scrape: 30s, requests: { metric: istio_requests_total, code: response_code }, latency: { metric: http_duration_seconds } }')).toEqual({
    source: 'prometheus', url: 'https://p.example', scrapeMs: 30_000, requests: { ...usual, metric: 'istio_requests_total', code: 'response_code' }, latency: { metric: 'http_duration_seconds', unit: 's' },
  })
})

test('a source is warned of when it is read in the open, or in a unit that its name denies, or over windows shorter than its samples', () => {
  const read = readBlueprint(changed('{ source: cloud-monitoring }', '{ source: prometheus, url: http://p.internal:9090, scrape: 2m, latency: { metric: http_duration_seconds, unit: ms } }').replaceAll('over: 5m', 'over: 90s'))
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  expect(warningsOf(read.model)).toEqual([
    'strategy canary: the window of "errors" is shorter than a sample of Prometheus (120 s) and is rounded up to it',
    'strategy canary: the window of "slow" is shorter than a sample of Prometheus (120 s) and is rounded up to it',
    'production/api: http://p.internal:9090 is read without encryption, and only where SLUICE_ALLOWED_HOSTS lists its host',
    'production/api: http_duration_seconds is read in ms, though its name says s',
  ])
})

test.each([
  ['{ bake: 10m }', '6m', ['no request counts in the first 6 min after traffic moved, so a release that fails from its first request on is found later by as much', 'a bake of 10 min leaves 4 min to be judged after its warm-up of 6 min']],
  ['{ bake: 61s }', '1m', ['a bake of 1 min 1 s leaves 1 s to be judged after its warm-up of 1 min']],
  ['{ bake: 1m }', '1m', ['a bake of 1 min is over before its warm-up of 1 min, so it waits until something was measured']],
  ['{ bake: 2m }', '1m', []],
] as const)('%s with a warm-up of %s is warned of where little is left to judge', (bake, warmUp, said) => {
  const read = readBlueprint(changed('{ bake: 10m }', bake).replace('      analysis:\n', `      analysis:\n        warmUp: ${warmUp}\n`))
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  expect(warningsOf(read.model)).toEqual(said.map((text) => `strategy canary: ${text}`))
})

test('a warm-up of nothing is warned of, and one of a bake that no rule decides is not', () => {
  const warned = (rules: string) => {
    const read = readBlueprint(good.replace('steps: [{ deploy: { tag: next } }, { setWeight: 100 }, { bake: 1m }]', `steps: [{ deploy: { tag: next } }, { setWeight: 100 }, { bake: 1m }]\n      analysis: { warmUp: 2m, rules: [${rules}] }`))
    if (!read.ok) throw new Error(JSON.stringify(read.problems))
    return warningsOf(read.model).filter((line) => line.startsWith('strategy'))
  }
  expect(warned('')).toEqual(['strategy straight: it has no rules, so its warm-up changes nothing'])
  expect(warned('{ name: against stable, compare: { metric: error_rate } }')).toEqual([])
  expect(warned('{ name: errors, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }, mode: watch }')).toEqual([])
  expect(warned('{ name: errors, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }, mode: ask }')).toEqual(['strategy straight: a bake of 1 min is over before its warm-up of 2 min, so it waits until something was measured'])
})

describe('every shipped blueprint reads', () => {
  const folder = path.resolve(import.meta.dirname, '../../blueprints')
  test.each(readdirSync(folder))('%s', (file) => {
    const text = readFileSync(path.join(folder, file), 'utf8')
    expect(problemsOf(text)).toEqual([])
  })
})

test('the example of the guide reads', () => {
  const guide = readFileSync(path.resolve(import.meta.dirname, '../../docs/guides/blueprint.md'), 'utf8')
  expect(problemsOf(/```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '')).toEqual([])
})

/** `¦` in the new text is where the problem must be told. */
type Case = [name: string, from: string, to: string, message: RegExp]
const cases: Case[] = [
  ['a misspelt field names the nearest', 'strategy: canary', '¦stratgey: canary', /unknown field "stratgey"; the nearest is "strategy"/],
  ['a misspelt top field', 'kind: Application', '¦kynd: Application', /unknown field "kynd"; the nearest is "kind"/],
  ['a field of another place', 'tier: staging', 'tier: staging\n      ¦port: 8080', /unknown field "port"/],
  ['a missing field', '{ name: shop, title: Shop, ', '¦{ name: shop, ', /title is missing/],
  ['another version', 'sluice/v1', '¦sluice/v2', /allowed: sluice\/v1/],
  ['another kind of document', 'kind: Application', 'kind: ¦Rollout', /allowed: Application/],
  ['a name with capitals', 'name: shop,', 'name: ¦Shop,', /is not a slug/],
  ['a name that is a number', 'name: shop,', 'name: ¦7,', /needs a slug.*not the value "7"/],
  ['an empty title', 'title: Shop', "title: ¦''", /needs 1 to 120 characters/],
  ['a line break in a name', 'name: managers', 'name: ¦"man\\nagers"', /line break or a control character/],
  ['a NUL by an escape', 'owner: team', 'owner: ¦"a\\0"', /NUL/],
  ['an unknown tier', 'tier: production', 'tier: ¦prod', /"prod" is not allowed here; allowed: development, staging, production/],
  ['a service of a later kind', '{ name: web, kind: service }', '{ name: web, kind: ¦worker }', /kind worker are not available yet/],
  ['a repository with a tag', 'us-docker.pkg.dev/shop/api }', '¦us-docker.pkg.dev/shop/api:v1 }', /is not an image repository/],
  ['a strategy that is not there', 'strategy: canary', 'strategy: ¦canari', /there is no strategy "canari"; the nearest is "canary"/],
  ['an upstream that is not there', 'environment: staging', 'environment: ¦stagin', /there is no environment "stagin"; the nearest is "staging"/],
  ['a target of no service', '- service: api', '- service: ¦apis', /there is no service "apis"/],
  ['a suite that is not there', 'suite: smoke', 'suite: ¦smok', /there is no suite "smok"/],
  ['a service in the order that is not there', '[[api], [web]]', '[[api], [¦wep]]', /there is no service "wep"/],
  ['a service twice in the order', '[[api], [web]]', '[[api], [¦api]]', /"api" stands twice in the order/],
  ['an environment after itself', '[{ environment: staging, soak', '¦[{ environment: production, soak', /production comes after itself/],
  ['a locator that two targets claim', '{ project: shop-prd', '¦{ project: shop-stg', /is the target staging\/api already/],
  ['a service name twice', '{ name: web, kind: service }\n  order: [[api], [web]]', '{ name: ¦api, kind: service }', /the service "api" stands twice/],
  ['a duration without unit', 'soak: 30m', 'soak: ¦30', /"30" is not a duration such as 30s, 10m, 72h or 7d/],
  ['a duration in weeks', 'soak: 30m', 'soak: ¦2w', /is not a duration/],
  ['a duration of years', 'soak: 30m', 'soak: ¦900d', /out of range: 0s to 366d/],
  ['milliseconds where seconds are meant', 'bake: 1m', 'bake: ¦500ms', /is not a duration/],
  ['a weight of 0', 'setWeight: 10 }', 'setWeight: ¦0 }', /a whole number from 1 to 100 \(percent\), not 0/],
  ['a weight with a fraction', 'setWeight: 10 }', 'setWeight: ¦12.5 }', /whole number/],
  ['a weight as text', 'setWeight: 10 }', "setWeight: ¦'10' }", /whole number .* not the text "10"/],
  ['weights that fall', '{ bake: 10m }, { setWeight: 100 }', '¦{ setWeight: 5 }, { setWeight: 100 }', /weights must rise: 5 after 10/],
  ['a strategy that ends at 10%', '{ bake: 10m }, { setWeight: 100 }]\n      analysis', '¦{ bake: 10m }]\n      analysis', /ends at 10%: it must bring the release to setWeight 100/],
  ['a strategy without traffic', '{ deploy: { tag: next } }, { setWeight: 100 }, { bake: 1m }]', '¦{ deploy: { tag: next } }]', /never gives the release traffic/],
  ['deploy later', '[{ deploy: { tag: next } }, { setWeight: 100 }', '[¦{ setWeight: 100 }', /the first step is deploy/],
  ['deploy twice', '{ verify: { suite: smoke } }', '¦{ deploy: { tag: red } }', /deploy stands once, first/],
  ['a bake before any traffic', '{ verify: { suite: smoke } }', '¦{ bake: 5m }', /would watch a revision that serves nobody/],
  ['an unknown step', '{ verify: { suite: smoke } }', '{ ¦wait: 5m }', /unknown field "wait"/],
  ['two steps in one', '{ verify: { suite: smoke } }', '¦{ verify: { suite: smoke }, bake: 1m }', /exactly one of deploy, verify, setWeight, bake, approve; this has 2/],
  ['a tag with capitals', 'tag: blue', 'tag: ¦Blue', /is not a tag/],
  ['a rate above all', 'max: 1%', 'max: ¦101%', /is not a rate such as 1% or a fraction from 0 to 1/],
  ['a rate for a latency', 'max: 500ms', 'max: ¦1%', /is not a duration such as 500ms or 2s/],
  ['a latency for a rate', 'max: 1%', 'max: ¦500ms', /is not a rate/],
  ['a metric that is not measured', 'metric: latency_p95', 'metric: ¦latency_p90', /allowed: error_rate, latency_p50, latency_p95, latency_p99/],
  ['an unknown mode', 'mode: rollback', 'mode: ¦roll_back', /allowed: watch, ask, rollback/],
  ['a rule without its minimum', '{ metric: error_rate, max: 1%, over: 5m, minRequests: 50 }, mode', '¦{ metric: error_rate, max: 1%, over: 5m }, mode', /minRequests is missing/],
  ['a comparison beside a threshold', '{ name: errors, threshold', '¦{ name: errors, compare: { metric: error_rate }, threshold', /exactly one of threshold, compare/],
  ['a rule of neither kind', '{ name: errors, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }', '¦{ name: errors', /exactly one of threshold, compare/],
  ['a comparison of what is not compared', '{ name: errors, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }', '{ name: errors, compare: { metric: ¦latency_p95 }', /allowed: error_rate, latency/],
  ['a tolerance of latency', '{ name: errors, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }', '{ name: errors, compare: ¦{ metric: latency, tolerance: 10% }', /knows no tolerance/],
  ['no chance of a false alarm at all', '{ name: errors, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }', '{ name: errors, compare: { metric: latency, alpha: ¦0% }', /above 0% and below 100%/],
  ['more chance than the strategy has', 'rules:\n          - { name: errors, threshold: { metric: error_rate, max: 1%, over: 5m, minRequests: 50 }', '¦rules:\n          - { name: errors, compare: { metric: latency, alpha: 10% }', /more than the 0.05 allowed/],
  ['an unknown role', 'roles: [release_manager]', 'roles: [¦manager]', /"manager" is not allowed here; allowed: viewer, developer, release_manager/],
  ['a rule without roles', 'roles: [release_manager]', 'roles: ¦[]', /at least 1 of roles/],
  ['a count of 0', 'count: 1', 'count: ¦0', /a whole number from 1 to 20/],
  ['an unknown exclusion', 'exclude: [requester]', 'exclude: [¦owner]', /allowed: requester, author/],
  ['a Kubernetes target', 'cloudRun: { project: shop-prd, region: us-central1, service: shop-api }', '¦kubernetes: { context: c }', /Kubernetes targets are not available yet/],
  ['a source of later', 'source: cloud-monitoring', 'source: ¦datadog', /Datadog as a source is not available yet; allowed now: cloud-monitoring, prometheus/],
  ['Prometheus without an address', '{ source: cloud-monitoring }', '¦{ source: prometheus }', /url is missing/],
  ['an address of another kind', 'source: cloud-monitoring', 'source: prometheus, url: ¦ftp://p.example', /is not an address such as https/],
  ['an address with a password', 'source: cloud-monitoring', 'source: prometheus, url: ¦https://me:secret@p.example', /^must not carry a user or a password/],
  ['an address with a question', 'source: cloud-monitoring', "source: prometheus, url: ¦'https://p.example/?a=b'", /must end with its path/],
  ['an address that ends in an empty question', 'source: cloud-monitoring', "source: prometheus, url: ¦'https://p.example/-/quit?'", /must end with its path/],
  ['an address that ends in an empty fragment', 'source: cloud-monitoring', "source: prometheus, url: ¦'https://p.example/-/quit#'", /must end with its path/],
  ['scraped too rarely', 'source: cloud-monitoring', 'source: prometheus, url: https://p.example, scrape: ¦5m', /out of range: 1s to 2m/],
  ['a query where a metric belongs', 'source: cloud-monitoring', `source: prometheus, url: https://p.example, requests: { metric: ¦'a"} or {b' }`, /is not a name of a metric/],
  ["a label of Prometheus's own", 'source: cloud-monitoring', 'source: prometheus, url: https://p.example, requests: { revision: ¦__name__ }', /is not a name of a label/],
  ['a part of a histogram', 'source: cloud-monitoring', 'source: prometheus, url: https://p.example, latency: ¦{ metric: http_seconds_bucket }', /name the whole: http_seconds$/],
  ['a unit that nobody says', 'source: cloud-monitoring', 'source: prometheus, url: https://p.example, latency: ¦{ metric: http_latency }', /unit is missing: http_latency does not say/],
  ['an address for Cloud Monitoring', '{ source: cloud-monitoring }', '¦{ source: cloud-monitoring, url: https://p.example }', /^url belongs to the source prometheus/],
  ['credentials for a source', 'source: cloud-monitoring', "source: prometheus, url: https://p.example, ¦headers: { authorization: 'Bearer x' }", /come from the operator's SLUICE_PROMETHEUS_AUTH, and in a blueprint they are not available yet/],
  ['a window', 'strategy: canary', 'strategy: canary\n      ¦windows: [{ allow: weekdays }]', /windows are not available yet/],
  ['a freeze', 'strategy: canary', 'strategy: canary\n      ¦freezes: [{ reason: x }]', /freezes are not available yet/],
  ['a gate', 'strategy: canary', 'strategy: canary\n      ¦gates: [{ kind: backup }]', /gates in a list .* not available yet/],
  ['checklists', '  suites:\n', '  ¦checklists: [{ name: a }]\n  suites:\n', /checklists are not available yet/],
  ['alerts', '  suites:\n', '  ¦alerts: [{ name: a }]\n  suites:\n', /alerts are not available yet/],
  ['cost', '  suites:\n', '  ¦cost: { monthlyBudget: 12 }\n  suites:\n', /cost is not available yet/],
  ['configuration of later', 'scaling: {', '¦vpcConnector: c\n            scaling: {', /the VPC connector is not available yet/],
  ['scaling the wrong way round', 'scaling: { min: 1, max: 5', 'scaling: ¦{ min: 6, max: 5', /scaling.min 6 is above scaling.max 5/],
  ['a secret without version', 'shop-key:3', '¦shop-key', /is not a secret and its version/],
  ['one variable from two sources', 'KEY: shop-key:3', 'LOG_LEVEL: ¦shop-key:3', /LOG_LEVEL is set in env and in secrets/],
  ['a variable of Cloud Run itself', 'LOG_LEVEL: INFO', "¦PORT: '80'", /PORT is set by Cloud Run itself/],
  ['a path to another host', 'path: /health', 'path: ¦//evil.example/health', /is not a path that starts with one \//],
  ['a status that is none', 'status: 200', 'status: ¦99', /a whole number from 100 to 599/],
  ['no checks', '      checks:\n        - { name: health, http: { path: /health, expect: { status: 200, within: 2s } }, attempts: 3 }', '      checks: ¦[]', /at least 1 of checks/],
  ['a map where a list belongs', 'order: [[api], [web]]', 'order: ¦{ api: 1 }', /needs a list of groups of services, not a map/],
  ['a list where a map belongs', 'metadata: { name: shop, title: Shop, owner: team }', 'metadata: ¦[shop]', /needs a map with name, title, owner, not a list/],
  ['a field without value', 'tier: staging', 'tier:¦', /needs one of development, staging, production, not nothing/],
  ['a field twice', 'tier: staging', 'tier: staging\n      ¦tier: staging', /stands twice in one map/],
  ['a rename to a name in use', '{ name: web, kind', '{ name: web, was: ¦api, kind', /"api" is still a name here/],
]

describe('each mistake is told with its line, its column and what is allowed', () => {
  test.each(cases)('%s', (_name, from, to, message) => {
    const marked = changed(from, to)
    const before = marked.slice(0, marked.indexOf('¦')).split('\n')
    const [first, ...others] = problemsOf(marked.replace('¦', ''))
    expect(first).toMatchObject({ line: before.length, column: (before.at(-1)?.length ?? 0) + 1, message: expect.stringMatching(message) as unknown })
    expect(others).toEqual([])
  })
})

describe('documents that are no blueprint', () => {
  test.each([
    ['nothing', '', 'the document is empty'],
    ['a text', 'hello', 'needs a map with'],
    ['two documents', `${good}---\n${good}`, 'one YAML document per application'],
    ['broken YAML', 'a: [1, 2', 'not valid YAML'],
    ['an unknown tag', 'a: !!python/object x', 'not valid YAML'],
    ['a list that contains itself', 'a: &a [ *a ]', ''],
    ['a thousand laughs', ['a: &a [x,x,x,x,x,x,x,x]', ...['b', 'c', 'd', 'e', 'f'].map((n, i) => `${n}: &${n} [${`*${'abcde'[i]},`.repeat(8)}]`)].join('\n'), 'aliases cannot be followed'],
    ['too much text', `# ${'x'.repeat(200_001)}`, 'at most 200000'],
    ['a NUL', `${good}# \0`, 'NUL'],
  ])('%s', (_name, yaml, message) => {
    const [first] = problemsOf(yaml)
    expect(first?.message).toContain(message)
    expect(first?.line).toBeGreaterThan(0)
  })
})

test('all problems come at once, in the order of the text, and at most 50', () => {
  const two = problemsOf(changed('strategy: canary', 'strategy: canari').replace('kind: Application', 'kind: App').replace('bake: 10m', 'bake: 10'))
  expect(two.map((p) => p.line)).toEqual([2, 18, 33])
  const many = changed('  suites:\n', `${Array.from({ length: 80 }, (_, i) => `  nope${i}: 1\n`).join('')}  suites:\n`)
  expect(problemsOf(many)).toHaveLength(50)
})

test('what is written with nothing in it is no use of a later feature', () => {
  expect(problemsOf(changed('strategy: canary', 'strategy: canary\n      freezes: []\n      windows: []\n      checklists: []\n      gates: []'))).toEqual([])
})

test('a name of an object in JavaScript is an unknown field like any other', () => {
  expect(problemsOf(changed('kind: Application', 'kind: Application\nconstructor: 1\n__proto__: 2')).map((p) => p.message)).toEqual([
    expect.stringContaining('unknown field "constructor"'),
    expect.stringContaining('unknown field "__proto__"'),
  ])
})
