import { type Actor, mayOperate, rolesWith } from '#lib/access/actor.ts'
import type { Unmet } from '#lib/platform/endpoint.ts'
import { unmet } from '#lib/platform/errors.ts'
import type { ActionView } from '#lib/rollouts/contract.ts'
import { mayAct, type RolloutAction, rolloutActions, towardStable } from '#lib/rollouts/state.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import { armName, shortRevision } from '#lib/rollouts/words.ts'

export const placeOf = (r: RolloutRow) => ({ applicationId: r.target.applicationId, environmentId: r.target.environmentId })

/** Every reason why this action is not open to this actor now; [] when it is. The service refuses by the same list that the screen shows. */
export function refusals(r: RolloutRow, actor: Actor, action: RolloutAction): Unmet[] {
  const out: Unmet[] = []
  const legal = mayAct(action, { state: r.state, hold: r.hold?.code ?? null, stepKind: r.plan.steps[r.stepIndex]?.kind ?? null })
  if (legal.kind === 'illegal') out.push(unmet('state', legal.message))
  const movesBack = towardStable.includes(action)
  if (!mayOperate(actor, placeOf(r), movesBack)) out.push(unmet('role', `needs operate here${movesBack ? ', or on_call' : ''}`, [...rolesWith('operate'), ...(movesBack ? ['on_call'] : [])].join(', ')))
  if (action === 'advance') {
    const failing = r.verdicts.filter((v) => v.mode === 'rollback' && v.verdict === 'fail')
    out.push(...failing.map((v) => unmet('rule_failing', `"${v.rule}" fails: ${v.message}`)))
  }
  return out
}

const nextWeight = (r: RolloutRow): number | null => {
  const next = r.plan.steps.slice(r.stepIndex + 1).find((s) => s.kind === 'setWeight')
  return next?.kind === 'setWeight' ? next.percent : null
}

/** The outcome in words, and the line below it. */
function wording(r: RolloutRow, action: RolloutAction): { label: string; consequence: string } {
  const stable = shortRevision(r.stable?.revision) || 'stable'
  const candidate = shortRevision(r.candidate?.revision) || armName(r.candidate)
  const share = r.candidate?.revision ? (r.observedSplit?.[r.candidate.revision] ?? 0) : 0
  const weight = nextWeight(r)
  switch (action) {
    case 'pause':
      return { label: `Pause at ${share}%`, consequence: 'The split stays; failing rollback rules still act.' }
    case 'resume':
      return { label: 'Resume', consequence: 'Goes on with the step it was in.' }
    case 'advance':
      return { label: weight === null ? 'Finish without more data' : `Send ${weight}% to ${candidate}`, consequence: 'Skips the rest of this bake; asks for a reason and is recorded.' }
    case 'retry':
      return { label: 'Try again', consequence: 'Looks at the live state, then repeats the held step.' }
    case 'adopt':
      return { label: 'Adopt the live split', consequence: 'What is live becomes intended; nothing is written; the rollout goes on.' }
    case 'restore':
      return { label: 'Restore the intended split', consequence: `Writes ${describe(r.target.intended?.split ?? {})} over what is live, then goes on.` }
    case 'abort':
      return share > 0 ? { label: `Abort: 100% to ${stable}`, consequence: `One traffic write; ${armName(r.candidate)} is held here until somebody lifts it.${r.hold?.details?.['frozen'] === true ? ' What it goes back to does not read the live schema.' : ''}` } : { label: 'Abort', consequence: `${armName(r.candidate)} has no traffic; nothing is written.` }
    default:
      return action satisfies never
  }
}

const describe = (split: Record<string, number>): string => Object.entries(split).map(([n, p]) => `${p}% ${shortRevision(n)}`).join(', ')

/** Which actions a page offers: those the state knows, each with every reason against it. */
export function actionViews(r: RolloutRow, actor: Actor): ActionView[] {
  const relevant = rolloutActions.filter((a) => a === 'abort' || mayAct(a, { state: r.state, hold: r.hold?.code ?? null, stepKind: r.plan.steps[r.stepIndex]?.kind ?? null }).kind === 'legal')
  if (r.endedAt || r.state === 'rolling_back') return []
  return relevant.map((action) => {
    const reasons = refusals(r, actor, action)
    return { action, ...wording(r, action), towardStable: towardStable.includes(action), allowed: reasons.length === 0, unmet: reasons }
  })
}
