import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { metricsFor } from '#lib/drivers/registry.ts'
import { measuresFrom } from '#lib/engine/decide.ts'
import { type Timing, windowFor } from '#lib/engine/window.ts'
import { armsOf } from '#lib/metrics/arms.ts'
import { metricsWindows, type MetricsWindowName, type RolloutArms, type TargetMetrics, type viewRolloutArms, type viewTargetMetrics } from '#lib/metrics/contract.ts'
import { figuresOf } from '#lib/metrics/figures.ts'
import { markersOf } from '#lib/metrics/markers.ts'
import { sharedReading } from '#lib/metrics/share.ts'
import { timingOf } from '#lib/metrics/timing.ts'
import { sourceOf, sourceOrDefault } from '#lib/metrics/source.ts'
import { titleOf } from '#lib/metrics/title.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import { isoOf, msOf } from '#lib/platform/time.ts'
import type { CloudRunLocator, MetricsSource } from '#lib/rollouts/schema.ts'
import { findRollout, findRollouts, type RolloutRow } from '#lib/rollouts/store.ts'
import { visibleTarget } from '#lib/targets/access.ts'
import { knownRevisions, locatorOfRow } from '#lib/targets/store.ts'

/** A source that failed is asked again soon, yet not once per viewer. */
const failedAgeMs = 15_000
/** While a rollout is open its page reads every 10 s. */
const openArmsAgeMs = 9_000
/** More rollouts than a week of one target has. */
const mostRollouts = 100

/** A service and what it is measured by. */
type Measured = CloudRunLocator & { source: MetricsSource }
type Reading<T> = { asOfMs: number; timing: Timing | null; error: string | null; value: T | null }

/** One reading of the source, shared by everybody who looks; what it refuses becomes its words instead of an exception. */
function reading<T>(key: string, at: Measured, now: number, maxAgeMs: number, read: (timing: Timing) => Promise<T>): Promise<Reading<T>> {
  return sharedReading(`${key} ${JSON.stringify(at.source)}`, now, (r: Reading<T>) => (r.error === null ? maxAgeMs : Math.min(maxAgeMs, failedAgeMs)), async () => {
    let timing: Timing | null = null
    try {
      timing = await timingOf(at.source, at.project, now)
      return { asOfMs: now, timing, error: null, value: await read(timing) }
    } catch (e) {
      if (!(e instanceof DriverError)) throw e
      return { asOfMs: now, timing, error: e.message, value: null }
    }
  })
}

const sourceView = (source: MetricsSource, timing: Timing | null) => ({ name: titleOf(source), samplePeriodSeconds: timing && timing.samplePeriodMs / 1000, ingestDelaySeconds: timing && timing.ingestDelayMs / 1000 })

/** Whole buckets of the grid that end before what the source has not shown yet. */
function gridOf(window: MetricsWindowName, now: number, ingestDelayMs: number) {
  const { spanSeconds, bucketSeconds } = metricsWindows[window]
  const bucketMs = bucketSeconds * 1000
  const toMs = Math.floor((now - ingestDelayMs) / bucketMs) * bucketMs
  return { fromMs: toMs - spanSeconds * 1000, toMs, bucketMs }
}

function readSeries(targetId: string, at: Measured, window: MetricsWindowName, now: number) {
  // A quarter of a bucket: the newest whole one is seen soon after it ends.
  return reading(`series ${targetId} ${window}`, at, now, (metricsWindows[window].bucketSeconds * 1000) / 4, async (timing) => {
    const grid = gridOf(window, now, timing.ingestDelayMs)
    const series = await metricsFor(at.source).series(at, grid, grid.bucketMs)
    return { grid, revisions: series.map((s) => ({ revision: s.revision, buckets: s.buckets.map((b) => b && figuresOf(b)) })) }
  })
}

/** What the target's revisions answered over a window, with the rollouts that moved its traffic meanwhile. */
export async function viewMetrics(actor: Actor, input: Parsed<typeof viewTargetMetrics>): Promise<TargetMetrics> {
  const t = await visibleTarget(actor, input.id)
  const [source, now] = await Promise.all([sourceOf(t.id), nowMs()])
  const read = await readSeries(t.id, { ...locatorOfRow(t), source }, input.window, now)
  const grid = read.value?.grid ?? gridOf(input.window, read.asOfMs, read.timing?.ingestDelayMs ?? 0)
  const [rollouts, [newest], known] = await Promise.all([
    findRollouts({ where: { targetId: t.id, startedAt: { not: null }, OR: [{ endedAt: null }, { endedAt: { gte: new Date(grid.fromMs) } }] }, page: { take: mostRollouts } }),
    findRollouts({ where: { targetId: t.id, kind: 'promotion' }, page: { take: 1 } }),
    knownRevisions([t.id]),
  ])
  const revisions = read.value?.revisions ?? []
  const arms = armsOf(revisions, rollouts.filter((r) => r.kind === 'promotion').map(spanOf), grid.fromMs, grid.bucketMs)
  return {
    target: t.id, window: input.window, from: isoOf(grid.fromMs), to: isoOf(grid.toMs), bucketSeconds: grid.bucketMs / 1000, asOf: isoOf(read.asOfMs), source: sourceView(source, read.timing), error: read.error,
    revisions: revisions.map((r, i) => ({ ...r, version: known.get(t.id)?.find((k) => k.name === r.revision)?.version ?? null, arms: arms[i] ?? [] })),
    markers: markersOf(rollouts, grid.fromMs, now),
    limits: newest?.plan.analysis.rules.flatMap((rule) => (rule.kind === 'threshold' ? [{ metric: rule.metric, max: rule.max, mode: rule.mode, rule: rule.name }] : [])) ?? [],
    now: isoOf(now),
  }
}

const spanOf = (r: RolloutRow) => ({ stable: r.stable?.revision ?? null, candidate: r.candidate?.revision ?? null, fromMs: (r.startedAt ?? r.createdAt).getTime(), toMs: r.endedAt?.getTime() ?? null })

async function rolloutHere(targetId: string, id: string | undefined): Promise<RolloutRow | null> {
  if (id === undefined) return (await findRollouts({ where: { targetId, kind: 'promotion' }, page: { take: 1 } }))[0] ?? null
  const r = await findRollout(id)
  if (r?.targetId !== targetId) throw new AppError('not_found', `rollout ${id} not found on this target`)
  return r
}

/** Both arms of a rollout over whole samples since its current step sent traffic: all that verdicts look at, and what came in a warm-up, which they leave out. */
export async function viewArms(actor: Actor, input: Parsed<typeof viewRolloutArms>): Promise<RolloutArms> {
  const t = await visibleTarget(actor, input.id)
  const [r, now] = await Promise.all([rolloutHere(t.id, input.rollout), nowMs()])
  const source = r ? sourceOrDefault(r.plan.metrics) : await sourceOf(t.id)
  const nothing = { target: t.id, rollout: r?.id ?? null, from: null, to: null, asOf: isoOf(now), source: sourceView(source, null), error: null, stable: null, candidate: null, now: isoOf(now) }
  const since = r && measuresFrom(r)
  if (!r || !since) return nothing
  const at = { ...r.plan.locator, source }
  const read = await reading(`arms ${r.id} ${since} ${r.endedAt?.getTime() ?? 'open'}`, at, now, openArmsAgeMs, async (timing) => {
    const untilMs = Math.min(now, r.endedAt ? r.endedAt.getTime() + timing.ingestDelayMs : now)
    const window = windowFor({ overMs: Infinity }, msOf(since), untilMs, timing)
    return window && { window, counts: await metricsFor(source).counts(at, window) }
  })
  const of = (revision: string | undefined) => {
    const counts = read.value?.counts.find((c) => c.revision === revision)
    return counts && counts.requests > 0 ? figuresOf(counts) : null
  }
  const window = read.value?.window
  return {
    ...nothing, from: window ? isoOf(window.fromMs) : null, to: window ? isoOf(window.toMs) : null, asOf: isoOf(read.asOfMs), source: sourceView(source, read.timing), error: read.error,
    stable: of(r.stable?.revision), candidate: of(r.candidate?.revision),
  }
}
