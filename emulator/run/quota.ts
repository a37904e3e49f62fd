import { RpcError, retryInfo } from '#emulator/errors.ts'
import type { Cloud } from '#emulator/cloud.ts'
import { projectNumber, type Location } from '#emulator/run/names.ts'

const windowMs = 60_000

/**
 * Requests per minute, project and region (gcp.md 3.4). Held in memory: a quota forgets within a minute anyway.
 * Text and details as captured from the real API (gcp.md 3.3, quota).
 */
export class Quota {
  readonly #cloud: Cloud
  readonly #times = new Map<string, number[]>()
  constructor(cloud: Cloud) {
    this.#cloud = cloud
  }

  take(kind: 'read' | 'write', at: Location): void {
    const { readsPerMinute, writesPerMinute } = this.#cloud.state.setting('quota')
    const limit = kind === 'read' ? readsPerMinute : writesPerMinute
    const key = `${kind} ${at.project} ${at.region}`
    const nowMs = this.#cloud.clock.nowMs()
    const times = (this.#times.get(key) ?? []).filter(time => time > nowMs - windowMs && time <= nowMs)
    this.#times.set(key, times)
    if (times.length >= limit) throw quotaExceeded(kind, at, limit)
    times.push(nowMs)
  }

  reset(): void {
    this.#times.clear()
  }
}

export function quotaExceeded(kind: 'read' | 'write', at: Location, limit: number): RpcError {
  const title = kind === 'read' ? 'Read' : 'Write'
  const consumer = `project_number:${projectNumber(at.project)}`
  const text = `Quota exceeded for quota metric '${title} requests' and limit '${title} requests per minute per region' of service 'run.googleapis.com' for consumer '${consumer}'.`
  return new RpcError('RESOURCE_EXHAUSTED', text, [
    {
      '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
      reason: 'RATE_LIMIT_EXCEEDED',
      domain: 'googleapis.com',
      metadata: {
        service: 'run.googleapis.com',
        consumer: `projects/${projectNumber(at.project)}`,
        quota_metric: `run.googleapis.com/${kind}_regional`,
        quota_limit: `${title}PerMinutePerProjectRegion`,
        quota_limit_value: String(limit),
        quota_location: at.region,
        quota_unit: '1/min/{project}/{region}',
      },
    },
    { '@type': 'type.googleapis.com/google.rpc.Help', links: [{ description: 'Request a higher quota limit.', url: 'https://cloud.google.com/docs/quotas/help/request_increase' }] },
    // Assumed: not every real answer has one.
    retryInfo(60),
  ])
}
