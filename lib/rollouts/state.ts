export const rolloutStates = ['pending', 'running', 'paused', 'held', 'rolling_back', 'succeeded', 'rolled_back', 'failed', 'cancelled', 'superseded'] as const
export type RolloutState = (typeof rolloutStates)[number]

export const rolloutKinds = ['promotion', 'rollback', 'shift'] as const
export type RolloutKind = (typeof rolloutKinds)[number]

export const holdCodes = ['outside_change', 'not_enough_data', 'cannot_measure', 'provider_error', 'awaiting_approval', 'freeze', 'both_worse', 'rule_failed', 'vetoed'] as const
export type HoldCode = (typeof holdCodes)[number]

type HoldDetails = { details?: Record<string, unknown> | undefined } | null
/** Held since the database is another one (lib/restored), whatever was found besides: nothing but a person lets it go. */
export const isRestored = (hold: HoldDetails): boolean => hold?.details?.['restored'] === true

export const stepStates = ['pending', 'running', 'passed', 'failed', 'skipped'] as const
export type StepState = (typeof stepStates)[number]
export const stepKinds = ['deploy', 'verify', 'setWeight', 'bake', 'approve'] as const
export type StepKind = (typeof stepKinds)[number]

export const verdicts = ['pass', 'fail', 'inconclusive', 'error'] as const
export type Verdict = (typeof verdicts)[number]

const open = ['pending', 'running', 'paused', 'held', 'rolling_back'] as const
const ends = ['succeeded', 'rolled_back', 'failed', 'cancelled', 'superseded'] as const
export const openRolloutStates: readonly RolloutState[] = open
export const isEnd = (s: RolloutState): boolean => (ends as readonly RolloutState[]).includes(s)

/** Where a person may act: the state, and for `held` the reasons that the action answers. */
type Legal = { state: RolloutState; holds?: readonly HoldCode[] }

const dataHolds = ['not_enough_data', 'cannot_measure', 'rule_failed', 'both_worse'] as const

/**
 * The one table of what may be done in which state (DESIGN 4). Service, button and test read it.
 * `rolling_back` allows none but abort-as-no-op: it is already on its way to stable. Where it only gives way to a newer
 * promotion, abort judges the release: it is held.
 */
const legal = {
  pause: [{ state: 'running' }],
  resume: [{ state: 'paused' }],
  advance: [{ state: 'running' }, { state: 'held', holds: dataHolds }],
  retry: [{ state: 'held', holds: ['provider_error', 'cannot_measure'] }],
  adopt: [{ state: 'held', holds: ['outside_change'] }],
  restore: [{ state: 'held', holds: ['outside_change'] }],
  abort: [{ state: 'pending' }, { state: 'running' }, { state: 'paused' }, { state: 'held' }],
} as const satisfies Record<string, readonly Legal[]>

export type RolloutAction = keyof typeof legal
export const rolloutActions = Object.keys(legal) as readonly RolloutAction[]

/** These move toward stable, or stop: never blocked by a gate, a freeze or a stale version (DESIGN 4, direction rule). */
export const towardStable: readonly RolloutAction[] = ['pause', 'abort', 'restore']

export type ActionFacts = { state: RolloutState; hold: HoldCode | null; stepKind: StepKind | null; /** Goes back for a newer promotion: nobody has judged its release yet. */ givesWay?: boolean }

/**
 * May this action be done now? `already`: the rollout is at an end or already so, answer 200 "nothing to do" and write nothing.
 * `illegal` carries the states in which it would be legal.
 */
export function mayAct(action: RolloutAction, f: ActionFacts): { kind: 'legal' } | { kind: 'already' } | { kind: 'illegal'; message: string } {
  if (isEnd(f.state)) return { kind: 'already' }
  if (action === 'pause' && f.state === 'paused') return { kind: 'already' }
  if (action === 'resume' && f.state === 'running') return { kind: 'already' }
  if (action === 'abort' && f.state === 'rolling_back') return { kind: f.givesWay === true ? 'legal' : 'already' }
  const rows: readonly Legal[] = legal[action]
  const fits = rows.some((r) => r.state === f.state && (r.holds === undefined || (f.hold !== null && r.holds.includes(f.hold))))
  if (!fits) return { kind: 'illegal', message: illegalMessage(action, f) }
  // Also where it is held: an approve step is never skipped by it.
  if (action === 'advance' && f.stepKind !== 'bake') return { kind: 'illegal', message: `advance skips the rest of a bake; this step is ${f.stepKind ?? 'not started'}` }
  return { kind: 'legal' }
}

function illegalMessage(action: RolloutAction, f: ActionFacts): string {
  const rows: readonly Legal[] = legal[action]
  const where = rows.map((r) => (r.holds ? `${r.state}: ${r.holds.join(' or ')}` : r.state)).join(', ')
  return `${action} is possible in ${where}; this rollout is ${f.state}${f.hold ? `: ${f.hold}` : ''}`.replaceAll('_', ' ')
}

/**
 * Where a comparison stands that has its minimum of requests and is not decided. `not_worse`: little speaks against the candidate,
 * so a bake whose time is over may end on it, though nothing is proven. `leans`: more than half of what would fail it does.
 */
export const standings = ['not_worse', 'leans'] as const
export type Standing = (typeof standings)[number]

/** Does what a rule said decide anything: not where it only watches, nor what was said before all traffic was the candidate's. */
export const decides = (v: { mode: 'watch' | 'ask' | 'rollback'; past?: boolean | undefined }): boolean => v.mode !== 'watch' && v.past !== true

/** Is more data needed before this rule lets a bake end. */
export const isUndecided = (v: { mode: 'watch' | 'ask' | 'rollback'; verdict: Verdict; past?: boolean | undefined; standing?: Standing | undefined }): boolean =>
  v.verdict === 'inconclusive' && decides(v) && v.standing !== 'not_worse'
