import { Mark, type MarkKind, MarkOnly } from '#components/ui/mark.tsx'
import type { RuleVerdict } from '#lib/rollouts/schema.ts'
import { type HoldCode, isRestored, type RolloutState, type StepState, type Verdict } from '#lib/rollouts/state.ts'

const marks = {
  pending: ['waiting', 'Pending'],
  running: ['running', 'Running'],
  paused: ['paused', 'Paused'],
  held: ['held', 'Held'],
  rolling_back: ['running', 'Rolling back'],
  succeeded: ['pass', 'Succeeded'],
  rolled_back: ['fail', 'Rolled back'],
  failed: ['fail', 'Failed'],
  cancelled: ['skipped', 'Cancelled'],
  superseded: ['skipped', 'Superseded'],
} satisfies Record<RolloutState, [MarkKind, string]>

const isRolloutState = (s: string): s is RolloutState => s in marks
export const rolloutMark = (state: string): readonly [MarkKind, string] => (isRolloutState(state) ? marks[state] : ['todo', state])

export function RolloutMark({ state, detail }: { state: string; detail?: string | undefined }) {
  const [kind, word] = rolloutMark(state)
  return <Mark kind={kind}>{detail ? `${word}, ${detail}` : word}</Mark>
}

export function RolloutMarkOnly({ state }: { state: string }) {
  const [kind, word] = rolloutMark(state)
  return <MarkOnly kind={kind} word={word} />
}

export const stepMarks = {
  pending: ['todo', 'To do'],
  running: ['running', 'Running'],
  passed: ['pass', 'Passed'],
  failed: ['fail', 'Failed'],
  skipped: ['skipped', 'Skipped'],
} satisfies Record<StepState, [MarkKind, string]>

const verdictWords = { pass: 'Pass', fail: 'Fail', inconclusive: 'Not enough data', error: 'Cannot measure' } satisfies Record<Verdict, string>

/** A comparison that was asked often enough and found little is no proof, yet no lack of data either. */
export function verdictMark(v: Pick<RuleVerdict, 'verdict' | 'standing'>): readonly [MarkKind, string] {
  if (v.verdict === 'inconclusive' && v.standing === 'not_worse') return ['todo', 'Not shown to be worse']
  if (v.verdict === 'inconclusive' && v.standing === 'leans') return ['inconclusive', 'Leans against it']
  return [v.verdict, verdictWords[v.verdict]]
}

/** Failing first. */
export const verdictOrder = (v: Pick<RuleVerdict, 'verdict' | 'standing'>): number => (v.standing === 'not_worse' ? 3 : { fail: 0, error: 1, inconclusive: 2, pass: 4 }[v.verdict])

const holdWords = {
  outside_change: 'Changed outside',
  not_enough_data: 'Not enough data',
  cannot_measure: 'Cannot measure',
  provider_error: 'The provider refused',
  awaiting_approval: 'Waits for approval',
  freeze: 'Frozen',
  both_worse: 'Both arms are worse',
  rule_failed: 'A rule asks',
  vetoed: 'Release vetoed',
} satisfies Record<HoldCode, string>

type Hold = { code: HoldCode; details?: Record<string, unknown> | undefined }
export const holdWord = (hold: Hold | null): string => (hold === null ? 'Held' : isRestored(hold) ? 'Database restored' : holdWords[hold.code])
