import 'server-only'
import { DriverError } from '#lib/drivers/errors.ts'
import type { RevisionCounts } from '#lib/drivers/metrics.ts'
import { metricsFor } from '#lib/drivers/registry.ts'
import { windowFor } from '#lib/engine/window.ts'
import { cannotMeasure, healthOf, notMeasured } from '#lib/health/decide.ts'
import { type Health, healthSpanSeconds } from '#lib/health/schema.ts'
import { claimDue, type DueTarget, storeHealth } from '#lib/health/store.ts'
import { timingOf } from '#lib/metrics/timing.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { log } from '#lib/platform/log.ts'
import type { MetricsSource } from '#lib/rollouts/schema.ts'

/** Read this often, for all who look: the number of calls grows with projects, never with viewers. */
export const healthEveryMs = 60_000
/** Projects asked at the same time. */
const atOnce = 4

/** One look at the health of every target that is due. Trouble with a source is what its targets are said to have, and nothing else. */
export async function readHealth(): Promise<void> {
  const atMs = await nowMs()
  const due = await claimDue(new Date(atMs), healthEveryMs)
  const waiting = [...Map.groupBy(due, (t) => t.locator.project)]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await readProject(next[0], next[1], atMs)
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, waiting.length) }, work))
}

type Read = (t: DueTarget) => Health

async function readProject(project: string, targets: readonly DueTarget[], atMs: number): Promise<void> {
  try {
    const bySource = Map.groupBy(targets, (t) => JSON.stringify(t.source))
    const found = await Promise.all([...bySource.values()].map(async (of) => {
      const source = of[0]?.source ?? null
      const read: Read = source ? await ask(source, project, atMs) : () => notMeasured(atMs)
      return of.map((t) => ({ id: t.id, health: read(t) }))
    }))
    await storeHealth(new Date(atMs), found.flat())
  } catch (error) {
    log.error('The health of a project could not be kept', { project, error })
  }
}

/** One question of a source for all services of a project: what they answered in the last minutes that it has shown whole. */
async function ask(source: MetricsSource, project: string, atMs: number): Promise<Read> {
  try {
    const window = windowFor({ overMs: healthSpanSeconds * 1000 }, 0, atMs, await timingOf(source, project, atMs))
    if (!window) return () => cannotMeasure(atMs, 'the source has shown nothing yet')
    const services = await metricsFor(source).projectCounts(project, window)
    const countsOf = (t: DueTarget): readonly RevisionCounts[] => services.find((s) => s.region === t.locator.region && s.service === t.locator.service)?.revisions ?? []
    return (t) => healthOf(countsOf(t), { asOfMs: atMs, untilMs: window.toMs })
  } catch (e) {
    if (!(e instanceof DriverError)) throw e
    return () => cannotMeasure(atMs, e.message)
  }
}
