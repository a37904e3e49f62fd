import { boundOf, bucketMasses, bucketTotal, medianAt } from '#emulator/monitoring/latency.ts'
import { drawBinomial, drawMultinomial } from '#emulator/monitoring/random.ts'
import type { ArmCounts } from '#lib/analysis/threshold.ts'
import type { Look, Past } from '#lib/engine/compare/schema.ts'
import type { ThresholdRule } from '#lib/rollouts/schema.ts'
import type { Dice } from '#prisma/seed/random.ts'
import type { Ending } from '#prisma/seed/story.ts'

/** History was measured as Cloud Monitoring does: samples of a minute, shown three minutes late. */
export const sampleMs = 60_000
export const lagMs = 180_000
const usualRequestsPerSecond = 100
/** As the emulated cloud says of the same time. */
const usualErrorRate = 0
const boundsMs = Array.from({ length: bucketTotal }, (_, bucket) => boundOf(bucket))

/** What the candidate does from `fromMs` on; null as stable does. */
export type Fault = { fromMs: number; errorRate: number | null; medianMs: number | null }
/** What both arms get together, and what is wrong with the candidate. */
export type Traffic = { requestsPerSecond: number; fault: Fault | null }

const usualTraffic: Traffic = { requestsPerSecond: usualRequestsPerSecond, fault: null }

/**
 * The traffic of a bake that begins at `nowMs` and is to end so. A fault is plain in the rule's window, and not there from
 * the first request on: caches fill and pools run dry first.
 */
export function trafficOf(ending: Ending, rules: readonly ThresholdRule[], nowMs: number, share: number, dice: Dice): Traffic {
  const fromMs = nowMs + dice.whole(0, 2) * sampleMs
  const ruleOf = (metric: ThresholdRule['metric']) => rules.find((r) => r.metric === metric && r.mode === 'rollback')
  const [errors, slow] = [ruleOf('error_rate'), ruleOf('latency_p95')]
  if (ending === 'errors' && errors) return { ...usualTraffic, fault: { fromMs, errorRate: Math.min(0.9, errors.max * (3 + 3 * dice.next())), medianMs: null } }
  if (ending === 'slow' && slow) return { ...usualTraffic, fault: { fromMs, errorRate: null, medianMs: slow.max * (0.5 + dice.next() / 2) } }
  // So few that waiting does not help: a window holds a handful.
  if (ending === 'aborted') return { requestsPerSecond: dice.whole(9, 30) / 1800 / share, fault: null }
  return usualTraffic
}

/** What the source showed of both arms by `nowMs`, sample by sample, since traffic moved; stable is null where it got none. */
export function drawLooks(fromMs: number, nowMs: number, share: number, { requestsPerSecond, fault }: Traffic, dice: Dice): Look[] {
  const firstMs = Math.ceil(fromMs / sampleMs) * sampleMs
  const count = Math.max(0, Math.floor((nowMs - lagMs - firstMs) / sampleMs))
  return Array.from({ length: count }, (_, i): Look => {
    const at = firstMs + i * sampleMs
    const total = drawBinomial(dice.next, Math.max(1, Math.round(2 * requestsPerSecond * (sampleMs / 1000))), 0.5)
    const candidate = share >= 1 ? total : drawBinomial(dice.next, total, share)
    const isFaulty = fault !== null && at >= fault.fromMs
    return {
      fromMs: at, toMs: at + sampleMs, share,
      candidate: drawArm(candidate, isFaulty ? fault.errorRate : null, isFaulty ? fault.medianMs : null, dice),
      stable: share >= 1 ? null : drawArm(total - candidate, null, null, dice),
    }
  })
}

function drawArm(requests: number, errorRate: number | null, medianMs: number | null, dice: Dice): ArmCounts {
  return { requests, errors: drawBinomial(dice.next, requests, errorRate ?? usualErrorRate), latency: { boundsMs, counts: drawMultinomial(dice.next, requests, bucketMasses(medianMs ?? medianAt(0, 0))) } }
}

/** Stable's hour before a rollout. */
export function drawPast({ requestsPerSecond }: Pick<Traffic, 'requestsPerSecond'>, dice: Dice): Past {
  const minutes = Array.from({ length: 60 }, () => drawArm(drawBinomial(dice.next, Math.max(1, Math.round(2 * requestsPerSecond * (sampleMs / 1000))), 0.5), null, null, dice))
  return {
    innerMs: boundsMs.slice(0, -1),
    counts: boundsMs.map((_, bucket) => minutes.reduce((sum, m) => sum + (m.latency.counts[bucket] ?? 0), 0)),
    minutes: { requests: minutes.map((m) => m.requests), errors: minutes.map((m) => m.errors) },
  }
}

/** Looks of one arm as one count, as a query over their whole time would give it; null without any. */
export function sumOf(arms: readonly (ArmCounts | null)[]): ArmCounts | null {
  const counted = arms.filter((a) => a !== null)
  if (counted.length === 0) return null
  return {
    requests: counted.reduce((n, a) => n + a.requests, 0),
    errors: counted.reduce((n, a) => n + a.errors, 0),
    latency: { boundsMs, counts: boundsMs.map((_, bucket) => counted.reduce((n, a) => n + (a.latency.counts[bucket] ?? 0), 0)) },
  }
}
