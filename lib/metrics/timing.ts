import 'server-only'
import { metricsFor } from '#lib/drivers/registry.ts'
import type { Timing } from '#lib/engine/window.ts'
import { sharedReading } from '#lib/metrics/share.ts'
import type { MetricsSource } from '#lib/rollouts/schema.ts'

const usualAgeMs = 600_000

/**
 * What a source declares of itself, one reading for all who ask within `maxAgeMs` of product time. Throws DriverError
 * when it cannot be asked, which is not kept.
 */
export const timingOf = (source: MetricsSource, project: string, nowMs: number, maxAgeMs = usualAgeMs): Promise<Timing> =>
  sharedReading(`timing ${JSON.stringify(source)} ${project} ${maxAgeMs}`, nowMs, () => maxAgeMs, () => metricsFor(source).timing(project))
