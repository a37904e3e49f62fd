import { stringify } from 'yaml'
import type { z } from 'zod'
import type { BlueprintModel, EnvironmentModel, StrategyModel, StrategyStep } from '#lib/blueprints/model.ts'
import { writeDuration, writeRate } from '#lib/blueprints/reading/scalars.ts'
import type { Analysis, ApprovalRule, CompareRule, DeployConfig, HttpCheck, MetricsSource, Rule, ThresholdRule } from '#lib/rollouts/schema.ts'

export type BlueprintDocument = Record<string, unknown>

/** The model in the words and units of the YAML: what is exported, and what a plan compares. Defaults are spelled out. */
export const toDocument = (model: BlueprintModel): BlueprintDocument => ({
  apiVersion: 'sluice/v1',
  kind: 'Application',
  metadata: { name: model.name, title: model.title, owner: model.owner },
  spec: {
    services: model.services.map((s) => ({ name: s.name, ...given('was', s.was), kind: s.kind, ...given('repository', s.repository) })),
    ...filled('order', model.order),
    environments: model.environments.map(environment),
    strategies: model.strategies.map(strategy),
    ...filled('suites', model.suites.map((s) => ({ name: s.name, checks: s.checks.map(check) }))),
  },
})

/** Canonical YAML: reads back to the same model. */
export const writeBlueprint = (model: BlueprintModel): string => stringify(toDocument(model), { lineWidth: 0, aliasDuplicateObjects: false, version: '1.2' })

const given = <T>(name: string, value: T | null | undefined) => (value === null || value === undefined ? {} : { [name]: value })
const filled = (name: string, list: readonly unknown[]) => (list.length === 0 ? {} : { [name]: list })

const environment = (e: EnvironmentModel) => ({
  name: e.name,
  ...given('was', e.was),
  tier: e.tier,
  strategy: e.strategy,
  ...filled('after', e.after.map((a) => ({ environment: a.environment, soak: writeDuration(a.soakMs) }))),
  start: e.start,
  onNewer: e.onNewer,
  onFreeze: e.onFreeze,
  ...filled('approvals', e.approvals.map(approval)),
  targets: e.targets.map((t) => ({ service: t.service, cloudRun: t.cloudRun, ...given('metrics', t.metrics && metrics(t.metrics)), ...config(t.config) })),
})

const metrics = (m: MetricsSource) => (m.source === 'cloud-monitoring' ? m : { source: m.source, url: m.url, scrape: writeDuration(m.scrapeMs), requests: m.requests, latency: m.latency })

const approval = (r: ApprovalRule) => ({ name: r.name, count: r.count, roles: r.roles, ...filled('exclude', r.exclude), ...given('expiresAfter', r.expiresAfterMs === null ? null : writeDuration(r.expiresAfterMs)) })

/** An empty `env: {}` says nothing and is left out; so is a config that says nothing. */
function config(c: DeployConfig): { config?: Record<string, unknown> } {
  const { timeoutSeconds, ...rest } = c
  const said = Object.entries({ ...rest, ...given('timeout', timeoutSeconds === undefined ? null : writeDuration(timeoutSeconds * 1000)) }).filter(([, value]) => typeof value !== 'object' || Object.keys(value).length > 0)
  return said.length === 0 ? {} : { config: Object.fromEntries(said) }
}

const strategy = (s: StrategyModel) => ({
  name: s.name,
  steps: s.steps.map(step),
  analysis: analysis(s.analysis),
})

const analysis = (a: Analysis) => ({
  notEnoughData: { after: writeDuration(a.notEnoughData.afterMs), then: a.notEnoughData.then },
  cannotMeasure: { after: writeDuration(a.cannotMeasure.afterMs), then: a.cannotMeasure.then },
  ...given('alpha', a.alpha === undefined ? null : writeRate(a.alpha)),
  ...given('warmUp', a.warmUpMs === undefined ? null : writeDuration(a.warmUpMs)),
  ...filled('rules', a.rules.map(rule)),
})

/** The `analysis` section alone, as YAML. */
export const writeAnalysis = (a: Analysis): string => stringify(analysis(a), { lineWidth: 0, aliasDuplicateObjects: false, version: '1.2' })

const rule = (r: Rule) => (r.kind === 'threshold' ? thresholdRule(r) : compareRule(r))
const compareRule = (r: CompareRule) => ({ name: r.name, compare: { metric: r.metric, ...(r.metric === 'error_rate' && { tolerance: writeRate(r.tolerance) }), ...given('alpha', r.alpha === null ? null : writeRate(r.alpha)), minRequests: r.minRequests }, mode: r.mode })
const thresholdRule = (r: ThresholdRule) => ({ name: r.name, threshold: { metric: r.metric, max: r.metric === 'error_rate' ? writeRate(r.max) : writeDuration(r.max), over: writeDuration(r.overMs), minRequests: r.minRequests }, mode: r.mode })

function step(s: z.infer<typeof StrategyStep>): Record<string, unknown> {
  switch (s.kind) {
    case 'deploy':
      return { deploy: given('tag', s.tag) }
    case 'verify':
      return { verify: { suite: s.suite } }
    case 'setWeight':
      return { setWeight: s.percent }
    case 'bake':
      return { bake: s.early ? { time: writeDuration(s.durationMs), early: true } : writeDuration(s.durationMs) }
    case 'approve':
      return { approve: approval(s.rule) }
  }
}

const check = (c: HttpCheck) => ({
  name: c.name,
  http: {
    method: c.method,
    path: c.path,
    ...(Object.keys(c.headers).length > 0 && { headers: c.headers }),
    expect: { status: c.status.length === 1 ? c.status[0] : c.status, ...given('within', c.withinMs === null ? null : writeDuration(c.withinMs)) },
  },
  attempts: c.attempts,
})
