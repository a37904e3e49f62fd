import type { BlueprintModel } from '#lib/blueprints/model.ts'

const minuteMs = 60_000

/** A blueprint of two services, api before worker, with staging and production; tests change what they are about. */
export const acmeModel = (over: Partial<BlueprintModel> = {}): BlueprintModel => ({
  name: 'acme',
  title: 'Acme',
  owner: 'team',
  services: [
    { name: 'api', kind: 'service', repository: null, was: null },
    { name: 'worker', kind: 'service', repository: null, was: null },
  ],
  order: [['api'], ['worker']],
  environments: [
    {
      name: 'staging', was: null, tier: 'staging', strategy: 'straight', after: [], start: 'auto', onNewer: 'queue', onFreeze: 'hold', approvals: [],
      targets: ['api', 'worker'].map((service) => ({ service, cloudRun: { project: 'acme-stg', region: 'europe-west1', service: `acme-${service}` }, metrics: null, config: {} })),
    },
    {
      name: 'production', was: null, tier: 'production', strategy: 'canary', after: [{ environment: 'staging', soakMs: 30 * minuteMs }], start: 'auto', onNewer: 'supersede', onFreeze: 'hold',
      approvals: [{ name: 'release managers', count: 1, roles: ['release_manager'], exclude: ['requester', 'author'], expiresAfterMs: 60 * minuteMs }],
      targets: ['api', 'worker'].map((service) => ({
        service,
        cloudRun: { project: 'acme-prd', region: 'europe-west1', service: `acme-${service}` },
        metrics: { source: 'cloud-monitoring' as const },
        config: { env: { LOG_LEVEL: 'INFO' }, secrets: { API_KEY: 'api-key:3' } },
      })),
    },
  ],
  strategies: [
    { name: 'straight', steps: [{ kind: 'deploy', tag: 'next' }, { kind: 'setWeight', percent: 100 }, { kind: 'bake', durationMs: minuteMs, early: false }], analysis: noAnalysis },
    {
      name: 'canary',
      steps: [
        { kind: 'deploy', tag: 'blue' },
        { kind: 'verify', suite: 'smoke' },
        { kind: 'setWeight', percent: 10 },
        { kind: 'bake', durationMs: 10 * minuteMs, early: false },
        { kind: 'setWeight', percent: 100 },
        { kind: 'bake', durationMs: 5 * minuteMs, early: false },
      ],
      analysis: { ...noAnalysis, rules: [{ name: 'errors', kind: 'threshold', mode: 'rollback', metric: 'error_rate', max: 0.01, overMs: 30_000, minRequests: 50 }] },
    },
  ],
  suites: [{ name: 'smoke', checks: [{ name: 'health', method: 'GET', path: '/health', headers: {}, status: [200], withinMs: null, attempts: 3 }] }],
  ...over,
})

const noAnalysis = { notEnoughData: { afterMs: 30 * minuteMs, then: 'ask' as const }, cannotMeasure: { afterMs: 30 * minuteMs, then: 'ask' as const }, rules: [] }

export const digestOf = (letter: string): string => `sha256:${letter.repeat(64)}`
