import 'server-only'
import { documentedTiming } from '#lib/drivers/cloud-monitoring/timing.ts'
import { DriverError } from '#lib/drivers/errors.ts'
import { metricsFor } from '#lib/drivers/registry.ts'
import type { ObservedRevision } from '#lib/drivers/runtime.ts'
import { db } from '#lib/platform/db/client.ts'
import { log } from '#lib/platform/log.ts'
import type { LiveState } from '#lib/promotions/plan-target.ts'
import type { Subject } from '#lib/promotions/subject.ts'
import type { MetricsSource } from '#lib/rollouts/schema.ts'
import { observeAndJudge } from '#lib/targets/watch.ts'

/** One target as it is now, with what Sluice knows of its revisions. */
export type LiveTarget = {
  state: LiveState
  revisions: readonly ObservedRevision[]
  known: Record<string, { image: string; version: string | null; imageFound: boolean | null }>
  samplePeriodMs: number
}

/** Reads every target of the promotion, all at once; readers within 2 s share one read. What cannot be read says so. */
export async function readLive(subject: Subject): Promise<Map<string, LiveTarget>> {
  const read = await Promise.all(subject.targets.map(async (t) => [t.service, await readOne(subject, t.id, t.service)] as const))
  return new Map(read)
}

async function readOne(subject: Subject, targetId: string, service: string): Promise<LiveTarget> {
  const plan = subject.content.targets[service]?.plan
  const [seen, samplePeriodMs] = await Promise.all([observe(targetId), plan?.metrics ? samplePeriod(plan.metrics, plan.locator.project) : documentedTiming.samplePeriodMs])
  const rows = await db.targetRevision.findMany({ where: { targetId }, select: { name: true, image: true, releaseId: true, imageFound: true } })
  const releases = await db.release.findMany({ where: { id: { in: rows.flatMap((r) => r.releaseId ?? []) } }, select: { id: true, version: true } })
  const known = Object.fromEntries(rows.map((r) => [r.name, { image: r.image, imageFound: r.imageFound, version: releases.find((release) => release.id === r.releaseId)?.version ?? null }]))
  return { ...seen, known, samplePeriodMs }
}

async function observe(targetId: string): Promise<Pick<LiveTarget, 'state' | 'revisions'>> {
  try {
    const seen = await observeAndJudge(targetId)
    return { state: { kind: 'read', observation: seen.observation, asOfMs: seen.atMs }, revisions: seen.revisions }
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    return { state: { kind: 'unreadable', error: error.message }, revisions: [] }
  }
}

const timingKeptMs = 60_000
const shared = globalThis as typeof globalThis & { sluiceSamplePeriods?: Map<string, { steadyMs: number; periodMs: number }> }

/** Asked once a minute per source, project and process: it is a property of the source, and plans are read often. Failing counts as asked. */
async function samplePeriod(source: MetricsSource, project: string): Promise<number> {
  const periods = (shared.sluiceSamplePeriods ??= new Map())
  const key = JSON.stringify([source, project])
  const last = periods.get(key)
  if (last && performance.now() - last.steadyMs < timingKeptMs) return last.periodMs
  const periodMs = await askSamplePeriod(source, project)
  periods.set(key, { steadyMs: performance.now(), periodMs })
  return periodMs
}

async function askSamplePeriod(source: MetricsSource, project: string): Promise<number> {
  try {
    return (await metricsFor(source).timing(project)).samplePeriodMs
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    log.warning('The sample period of a metrics source could not be read; its documented one is shown', { source: source.source, project, cause: error.message })
    return documentedTiming.samplePeriodMs
  }
}
