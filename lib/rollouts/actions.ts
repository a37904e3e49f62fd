import { type Actor, mayOperate, rolesWith } from '#lib/access/actor.ts'
import { needsText, rolesText } from '#lib/access/words.ts'
import type { Unmet } from '#lib/platform/endpoint.ts'
import { unmet } from '#lib/platform/errors.ts'
import { isHeldAtEnd, lastWeightIndex } from '#lib/rollouts/at-end.ts'
import type { ActionView } from '#lib/rollouts/contract.ts'
import { decides, mayAct, type RolloutAction, rolloutActions, towardStable } from '#lib/rollouts/state.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import { armName, shortRevision } from '#lib/rollouts/words.ts'

export const placeOf = (r: RolloutRow) => ({ applicationId: r.target.applicationId, environmentId: r.target.environmentId })

/** Whether it moves toward stable, or stops. Sending the candidate its 100% after all does not, whatever the button is called. */
const leadsBack = (r: RolloutRow, action: RolloutAction): boolean => towardStable.includes(action) && !(action === 'restore' && isHeldAtEnd(r))

/** Every reason why this action is not open to this actor now; [] when it is. The service refuses by the same list that the screen shows. */
export function refusals(r: RolloutRow, actor: Actor, action: RolloutAction): Unmet[] {
  const out: Unmet[] = []
  const legal = mayAct(action, { state: r.state, hold: r.hold?.code ?? null, stepKind: r.plan.steps[r.stepIndex]?.kind ?? null, givesWay: r.supersededById !== null })
  if (legal.kind === 'illegal') out.push(unmet('state', legal.message))
  const movesBack = leadsBack(r, action)
  if (!mayOperate(actor, placeOf(r), movesBack)) out.push(unmet('role', needsText(['operate']), rolesText([...rolesWith('operate'), ...(movesBack ? ['on_call' as const] : [])])))
  const sendsAll = action === 'restore' && isHeldAtEnd(r)
  if (sendsAll && lastWeightIndex(r) < 0) out.push(unmet('no_weight', 'its strategy has no step that sends 100%'))
  if (sendsAll && describe(r.observedSplit ?? {}) === '') out.push(unmet('service_gone', 'the service was deleted outside: end here, and the next release makes it anew'))
  if (action === 'advance' || sendsAll) {
    // Where stable is as bad, going on is for a person to decide: no rule says that it is this release.
    const failing = r.hold?.code === 'both_worse' ? [] : r.verdicts.filter((v) => v.mode === 'rollback' && v.verdict === 'fail' && decides(v))
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
  const atEnd = isHeldAtEnd(r) ? wordingAtEnd(r, action, candidate, share) : null
  if (atEnd) return atEnd
  const splits = splitsApart(r)
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
      return { label: splits ? `Adopt ${splits.live}` : 'Adopt the live split', consequence: `What is live becomes intended; nothing is written; ${goesOn(r)}.` }
    case 'restore':
      return { label: splits ? `Restore ${splits.intended}` : 'Restore the intended split', consequence: `Writes ${describe(r.target.intended?.split ?? {})} over what is live; ${goesOn(r)}.` }
    case 'abort':
      return share > 0 ? { label: `Abort: 100% to ${stable}`, consequence: `One traffic write; ${armName(r.candidate)} is held here until somebody lifts it.${r.hold?.details?.['frozen'] === true ? ' What it goes back to does not read the live schema.' : ''}` } : { label: 'Abort', consequence: `${armName(r.candidate)} has no traffic; nothing is written.` }
    default:
      return action satisfies never
  }
}

/** Both splits in figures, where figures tell them apart: somebody may have changed a tag or a setting and no share. */
function splitsApart(r: RolloutRow): { live: string; intended: string } | null {
  const [live, intended] = [describe(r.observedSplit ?? {}), describe(r.target.intended?.split ?? {})]
  return live === '' || intended === '' || live === intended ? null : { live, intended }
}

/** After somebody else's change is settled; see bakeAgain. */
const goesOn = (r: RolloutRow): string => (r.plan.steps[r.stepIndex]?.kind === 'bake' ? 'then this bake begins again' : 'then the rollout goes on')

/** Every step is done, short of 100%: to go on is to send it all of it and watch again, to adopt is to end. */
function wordingAtEnd(r: RolloutRow, action: RolloutAction, candidate: string, share: number): { label: string; consequence: string } | null {
  const live = describe(r.observedSplit ?? {})
  const after = r.plan.steps.slice(lastWeightIndex(r) + 1)
  const watched = after.some((s) => s.kind === 'bake') ? 'the last bake runs again before it counts as proven' : 'it counts as proven once that is read back'
  if (action === 'restore') return { label: `Send 100% to ${candidate}`, consequence: `Writes 100% over ${live}; ${watched}.` }
  if (action !== 'adopt') return null
  if (live === '') return { label: 'End here: the service stays deleted', consequence: 'Nothing is written; the rollout ends cancelled, and the next release makes the service anew.' }
  return { label: `End here: keep ${live}`, consequence: `Nothing is written; the rollout ends cancelled, ${armName(r.candidate)} is neither proven nor held.${share > 0 ? ` Roll back leads to ${shortRevision(r.stable?.revision)}.` : ''}` }
}

export const describe = (split: Record<string, number>): string => Object.entries(split).filter(([, p]) => p > 0).toSorted(([a, p], [b, q]) => q - p || (a < b ? -1 : 1)).map(([n, p]) => `${p}% ${shortRevision(n)}`).join(', ')

/** Which actions a page offers: those the state knows, each with every reason against it. */
export function actionViews(r: RolloutRow, actor: Actor): ActionView[] {
  const relevant = rolloutActions.filter((a) => a === 'abort' || mayAct(a, { state: r.state, hold: r.hold?.code ?? null, stepKind: r.plan.steps[r.stepIndex]?.kind ?? null }).kind === 'legal')
  if (r.endedAt || r.state === 'rolling_back') return []
  return relevant.map((action) => {
    const reasons = refusals(r, actor, action)
    return { action, ...wording(r, action), towardStable: leadsBack(r, action), allowed: reasons.length === 0, unmet: reasons }
  })
}
