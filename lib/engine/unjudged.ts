import { isoOf } from '#lib/platform/time.ts'
import type { Rule, RuleVerdict } from '#lib/rollouts/schema.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'

/** A verdict of a rule before anything is known. */
export const unjudged = (rule: Rule, r: Pick<RolloutRow, 'candidate' | 'stepIndex'>, nowMs: number): Omit<RuleVerdict, 'verdict' | 'message'> => ({
  rule: rule.name, mode: rule.mode, revision: r.candidate?.revision ?? '', stepIndex: r.stepIndex, value: null, limit: rule.kind === 'threshold' ? rule.max : null, requests: null, errors: null,
  minRequests: rule.minRequests, windowFrom: null, windowTo: null, lagSeconds: null, stable: null, forecastAt: null, since: isoOf(nowMs), at: isoOf(nowMs),
})
