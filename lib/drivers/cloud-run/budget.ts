import { DriverError } from '#lib/drivers/errors.ts'

const windowMs = 60_000
/** Share of the write quota that only the way back may use. */
const reserved = 0.1

export type Priority = 'ordinary' | 'rollback'

/**
 * Counts writes per project and region over the last minute, so that ordinary work never uses up the quota a rollback
 * needs. Per process: web writes rollbacks and shifts, worker the rest; two workers may together reach the provider's own
 * limit, which then answers 429 and is waited for. `perMinute` is the provider's limit (Cloud Run Admin API: 180 writes
 * per minute, project and region by default; see the Quotas page of the project).
 */
export function writeBudget(perMinute: number, steadyNowMs: () => number = () => performance.now()): (place: string, priority: Priority) => void {
  const written = new Map<string, number[]>()
  return (place, priority) => {
    const now = steadyNowMs()
    const recent = (written.get(place) ?? []).filter((at) => now - at < windowMs)
    const limit = priority === 'rollback' ? perMinute : Math.floor(perMinute * (1 - reserved))
    if (recent.length >= limit) {
      const opensInMs = Math.ceil(windowMs - (now - (recent[recent.length - limit] ?? now)))
      throw new DriverError({ provider: 'cloud-run', operation: 'write', kind: 'quota', message: `${recent.length} writes in a minute in ${place}: the rest is kept for rollback; opens in ${Math.ceil(opensInMs / 1000)} s`, retriable: true, outcome: 'none' })
    }
    written.set(place, [...recent, now])
  }
}
