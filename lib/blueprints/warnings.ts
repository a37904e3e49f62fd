import type { BlueprintModel } from '#lib/blueprints/model.ts'
import type { RowPlan } from '#lib/blueprints/rows.ts'
import { documentedTiming } from '#lib/drivers/cloud-monitoring/timing.ts'
import { unitOfName } from '#lib/drivers/prometheus/schema.ts'
import { durationText } from '#lib/platform/words.ts'
import { bakesOf, isJudgedAt } from '#lib/rollouts/bakes.ts'

/** What is allowed and still worth a look before it is applied. Each names its place. */
export const warningsOf = (model: BlueprintModel): string[] => [...latestSecrets(model), ...rulesWithoutMetrics(model), ...shortWindows(model), ...warmUps(model), ...plainHttp(model), ...oddUnits(model)]

const latestSecrets = (model: BlueprintModel): string[] =>
  eachTarget(model).flatMap(({ at, target }) =>
    Object.entries(target.config.secrets ?? {})
      .filter(([, reference]) => reference?.endsWith(':latest'))
      .map(([name, reference]) => `${at}: the secret ${name} follows ${reference ?? ''}, so an approval cannot bind to its content and a rollback does not bring the old one back; name a version`),
  )

function rulesWithoutMetrics(model: BlueprintModel): string[] {
  return eachTarget(model).flatMap(({ at, target, strategy }) => {
    const rules = strategy?.analysis.rules.length ?? 0
    return target.metrics === null && rules > 0 ? [`${at}: no metrics, so the ${rules} rules of strategy ${strategy?.name ?? ''} are not measured and a bake is time alone`] : []
  })
}

/** A strategy is measured in as many ways as its targets; one without any is taken to be measured in the usual way. */
const shortWindows = (model: BlueprintModel): string[] =>
  model.strategies.flatMap((s) => {
    const sources = eachTarget(model).flatMap(({ target, strategy }) => (strategy?.name === s.name && target.metrics ? [target.metrics] : []))
    const samples = (sources.length === 0 ? [{ source: 'cloud-monitoring' as const }] : sources).map((m) => (m.source === 'prometheus' ? { ms: m.scrapeMs, of: 'Prometheus' } : { ms: documentedTiming.samplePeriodMs, of: 'Cloud Monitoring' }))
    const longest = samples.reduce((a, b) => (b.ms > a.ms ? b : a))
    return s.analysis.rules
      .filter((r) => r.kind === 'threshold' && r.overMs < longest.ms)
      .map((r) => `strategy ${s.name}: the window of "${r.name}" is shorter than a sample of ${longest.of} (${longest.ms / 1000} s) and is rounded up to it`)
  })

/** A release that fails from its first request on is found later by as much as the warm-up. */
const longWarmUpMs = 300_000

/** Nothing counts in the warm-up, and the time of a bake runs meanwhile. */
const warmUps = (model: BlueprintModel): string[] =>
  model.strategies.flatMap(({ name, steps, analysis }) => {
    const { warmUpMs, rules } = analysis
    if (warmUpMs === undefined) return []
    if (rules.length === 0) return [`strategy ${name}: it has no rules, so its warm-up changes nothing`]
    const warmUp = durationText(warmUpMs)
    const long = warmUpMs > longWarmUpMs ? [`strategy ${name}: no request counts in the first ${warmUp} after traffic moved, so a release that fails from its first request on is found later by as much`] : []
    const judged = bakesOf({ steps, analysis, metrics: 'measured' }).filter((b) => isJudgedAt(b.percent, rules))
    const [shortest] = judged.toSorted((a, b) => a.durationMs - b.durationMs)
    if (!shortest || shortest.durationMs >= 2 * warmUpMs) return long
    const left = shortest.durationMs - warmUpMs
    return [...long, `strategy ${name}: a bake of ${durationText(shortest.durationMs)} ${left > 0 ? `leaves ${durationText(left)} to be judged after its warm-up of ${warmUp}` : `is over before its warm-up of ${warmUp}, so it waits until something was measured`}`]
  })

const plainHttp = (model: BlueprintModel): string[] =>
  eachTarget(model).flatMap(({ at, target }) => (target.metrics?.source === 'prometheus' && target.metrics.url.startsWith('http:') ? [`${at}: ${target.metrics.url} is read without encryption, and only where SLUICE_ALLOWED_HOSTS lists its host`] : []))

/** Limits in milliseconds would be off a thousandfold. */
const oddUnits = (model: BlueprintModel): string[] =>
  eachTarget(model).flatMap(({ at, target }) => {
    if (target.metrics?.source !== 'prometheus') return []
    const { metric, unit } = target.metrics.latency
    const named = unitOfName(metric)
    return named !== null && named !== unit ? [`${at}: ${metric} is read in ${unit}, though its name says ${named}`] : []
  })

const eachTarget = (model: BlueprintModel) =>
  model.environments.flatMap((e) => e.targets.map((target) => ({ at: `${e.name}/${target.service}`, target, strategy: model.strategies.find((s) => s.name === e.strategy) })))

/** A removed and an added name look like a rename that forgot to say so: the history would not follow. */
export function renameWarnings(plan: RowPlan): string[] {
  const pairs = [
    { kind: 'service', removed: plan.retireServices, added: plan.services },
    { kind: 'environment', removed: plan.retireEnvironments, added: plan.environments },
  ]
  return pairs.flatMap(({ kind, removed, added }) => {
    const fresh = added.filter((w) => w.op === 'add')
    const [old, next] = [removed[0], fresh[0]]
    return removed.length === 1 && fresh.length === 1 && old && next ? [`the ${kind} ${old.slug} goes and ${next.slug} comes new, without its history; if it is the same one, write was: ${old.slug}`] : []
  })
}
