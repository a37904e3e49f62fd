import { rolesText } from '#lib/access/words.ts'
import { durationText, listText } from '#lib/platform/words.ts'
import type { ApprovalRuleView, EnvironmentView } from '#lib/environments/contract.ts'
import { bakesOf } from '#lib/rollouts/bakes.ts'
import type { Rule } from '#lib/rollouts/schema.ts'

/** "after staging has had it for 30 min"; "at once" when nothing comes before. */
export const afterText = (e: Pick<EnvironmentView, 'after'>): string =>
  e.after.length === 0 ? '' : `after ${listText(e.after.map((a) => `${a.environment} has had it${a.soakSeconds > 0 ? ` for ${durationText(a.soakSeconds * 1000)}` : ''}`))}`

export const approvalText = (r: ApprovalRuleView): string => `${r.count === 1 ? 'one' : r.count} ${r.count === 1 ? 'approval' : 'approvals'} by ${rolesText(r.roles)}`

const excluded = { requester: 'who asked for it', author: "the commit's author" } as const
/** What a rule adds to its count: who does not count, and how long it waits. */
export const approvalTerms = (r: ApprovalRuleView): string =>
  [
    r.exclude.length > 0 ? `Does not count: ${listText(r.exclude.map((x) => excluded[x]))}.` : 'Anybody of them counts, also who asked for it.',
    r.expiresAfterSeconds === null ? 'Waits as long as it takes.' : `Unmet after ${durationText(r.expiresAfterSeconds * 1000)}, the promotion ends.`,
  ].join(' ')

/** Could the rule be met at all, by those who have the roles now? */
export const approversText = (r: ApprovalRuleView): string =>
  r.people.length === 0 ? 'Nobody has such a role here: it can only expire.' : r.people.length < r.count ? `Only ${listText(r.people)} could, and it needs ${r.count}.` : `Could now: ${listText(r.people)}.`

/** How a release gets in, as one sentence without its subject. */
export function entryText(e: EnvironmentView): string {
  const conditions = [afterText(e), e.approvals.length > 0 ? `with ${listText(e.approvals.map(approvalText))}` : ''].filter(Boolean)
  const start = e.start === 'manual' ? 'a person starts it' : 'it starts by itself'
  return `${conditions.length > 0 ? conditions.join(', ') : 'at once'}; then ${start}`
}

export const newerText = { supersede: 'A newer promotion takes over: this one goes back to stable first.', queue: 'A newer promotion waits until this one has ended.' } as const
export const freezeText = { hold: 'A freeze that begins holds it where it is.', return: 'A freeze that begins sends it back to stable.' } as const

const metricText = { error_rate: 'error rate', latency_p50: 'latency p50', latency_p95: 'latency p95', latency_p99: 'latency p99' } as const
const modeText = { watch: 'is shown', ask: 'asks a person', rollback: 'rolls back' } as const
/** "error rate above 2% over 5 min, from 50 requests on, rolls back". */
export function ruleText(r: Rule): string {
  if (r.kind === 'compare') return `${r.metric === 'latency' ? 'slower' : r.tolerance > 0 ? `more than ${Number((r.tolerance * 100).toFixed(3))}% more errors` : 'more errors'} than stable at the same time, from ${r.minRequests} requests on, ${modeText[r.mode]}`
  const limit = r.metric === 'error_rate' ? `${Number((r.max * 100).toFixed(3))}%` : durationText(r.max)
  return `${metricText[r.metric]} above ${r.metric !== 'error_rate' && r.max < 1000 ? `${r.max} ms` : limit} over ${durationText(r.overMs)}, from ${r.minRequests} requests on, ${modeText[r.mode]}`
}

const thenText = { ask: 'asks a person', rollback: 'rolls back', advance: 'goes on' } as const
export const undecidedText = (a: EnvironmentView['strategy']['analysis']): string =>
  `${a.warmUpMs === undefined ? '' : `No request counts in the first ${durationText(a.warmUpMs)} after traffic moved: what fails then is found later. `}Not enough data after ${durationText(a.notEnoughData.afterMs)} ${thenText[a.notEnoughData.then]}; cannot measure for ${durationText(a.cannotMeasure.afterMs)} ${thenText[a.cannotMeasure.then]}.`

/** The shortest time a rollout takes by its bakes alone. */
export const bakeMs = (e: EnvironmentView): number => bakesOf({ ...e.strategy, metrics: 'measured' }).reduce((ms, bake) => ms + bake.leastMs, 0)
