import { z } from 'zod'
import { PastRollout } from '#lib/evidence/contract.ts'
import { endpoint, Id, Time } from '#lib/platform/endpoint.ts'

/**
 * How a replay and what happened agree. caught: a rule took it back then, and these stop it; missed: they do not;
 * false_alarm: it succeeded, and they stop it; agrees: it succeeded, and they let it; no_rule: it was taken back while no rule
 * failed (by a person, or for want of data), which proves nothing of it; no_record: nothing was recorded; unanswered: what
 * was recorded cannot tell; open: it ended otherwise, or has not ended.
 */
const agreements = ['caught', 'missed', 'false_alarm', 'agrees', 'no_rule', 'no_record', 'unanswered', 'open'] as const

export const ReplayedRollout = PastRollout.extend({
  looks: z.number().int(),
  /** Looks that a rule was asked of, to the one that stopped it: at 100% a comparison is not. */
  judgedLooks: z.number().int(),
  agreement: z.enum(agreements),
  /** Where these rules would have stopped it; null when they would not. */
  stop: z.object({ rule: z.string(), mode: z.enum(['watch', 'ask', 'rollback']), at: Time, reason: z.string(), requests: z.number().int(), /** Recorded errors after it above stable's rate. */ avoidedErrors: z.number().int(), /** Before the rule that took it back then, or else before its end. */ earlierSeconds: z.number().nullable() }).nullable(),
  /** Rules that the record cannot answer, such as latency without a past. */
  unanswered: z.array(z.string()),
  /** Looks that count for nothing by these rules, since the candidate warmed up. */
  coldLooks: z.number().int(),
  /** Seconds of its own warm-ups that these rules would have looked at, and that are not in the record, since no share was known or nobody looked. */
  unrecordedSeconds: z.number(),
})
export type ReplayedRollout = z.infer<typeof ReplayedRollout>

export const Backtest = z.object({
  target: Id,
  /** The rules that were replayed, as an `analysis` section of a blueprint. */
  rules: z.string(),
  /** Strategies of the application's environments, as they are now, whose rules may be replayed by name. */
  strategies: z.array(z.string()),
  rollouts: z.array(ReplayedRollout),
  now: Time,
})
export type Backtest = z.infer<typeof Backtest>

export const runBacktest = endpoint({
  id: 'targets.backtest', method: 'POST', path: '/api/v1/targets/:id/backtest', verb: 'view', doing: 'replay rules on the rollouts of a target',
  summary: 'Replays rules on what was recorded of the newest rollouts of a target: which would have stopped, when, and what that would have spared. Writes nothing. `rules` are an `analysis` section; without it those of `strategy`, as it is now, or else of the newest rollout that had any, or of the first strategy that has.',
  input: z.object({ id: Id, rules: z.string().max(20_000).optional(), strategy: z.string().max(100).optional(), rollouts: z.number().int().min(1).max(50).default(20) }), output: Backtest,
})
