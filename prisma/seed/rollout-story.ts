import { isoOf } from '#lib/platform/time.ts'
import type { RuleVerdict, StepPlan, StepRun, ThresholdRule } from '#lib/rollouts/schema.ts'
import type { RolloutState } from '#lib/rollouts/state.ts'
import type { Dice } from '#prisma/seed/random.ts'
import type { Ending } from '#prisma/seed/story.ts'

export type TrafficWrite = { atMs: number; percent: number }
export type RolloutStory = {
  state: RolloutState
  runs: StepRun[]
  stepIndex: number
  endMs: number
  endReason: string | null
  deployedMs: number
  /** What the candidate got, in order; a way back to stable is percent 0. */
  writes: TrafficWrite[]
  trouble: { rule: ThresholdRule | null; atMs: number; message: string; heldMs: number | null; value: number | null; requests: number; errors: number | null } | null
}

const second = 1000
const minute = 60_000
const pendingRun: StepRun = { state: 'pending', startedAt: null, endedAt: null, trafficAt: null, message: null, tries: [] }

/** Plays the steps of a strategy from `startMs`, to their end or to the trouble that the story has for this one. */
export function playRollout(steps: readonly StepPlan[], rules: readonly ThresholdRule[], ending: Ending, isFirst: boolean, startMs: number, dice: Dice): RolloutStory {
  const story: RolloutStory = { state: 'succeeded', runs: [], stepIndex: steps.length, endMs: startMs, endReason: null, deployedMs: startMs, writes: [], trouble: null }
  let nowMs = startMs + second
  for (const [index, step] of steps.entries()) {
    if (story.state !== 'succeeded') {
      story.runs.push({ ...pendingRun, state: 'skipped' })
      continue
    }
    const fromMs = nowMs
    const done = (state: StepRun['state'], message: string, trafficMs: number | null = null, checks?: StepRun['checks']): void => {
      story.runs.push({ state, startedAt: isoOf(fromMs), endedAt: isoOf(nowMs), trafficAt: trafficMs === null ? null : isoOf(trafficMs), message, tries: [{ startedAt: isoOf(fromMs), endedAt: isoOf(nowMs), outcome: message }], ...(checks && { checks }) })
    }
    const stop = (state: RolloutState, reason: string): void => {
      story.state = state
      story.stepIndex = index
      story.endReason = reason
    }
    switch (step.kind) {
      case 'deploy':
        nowMs += dice.whole(28, 70) * second
        story.deployedMs = nowMs
        done('passed', isFirst ? 'the service is created and serves this revision' : `ready${step.tag ? ` at its tag ${step.tag}` : ''}, 0% traffic`, nowMs)
        if (isFirst) story.writes.push({ atMs: nowMs, percent: 100 })
        break
      case 'verify': {
        nowMs += dice.whole(2, 5) * second
        const isBroken = ending === 'broken'
        const checks = step.checks.map((c, i) => ({ name: c.name, passed: !(isBroken && i === 0), detail: isBroken && i === 0 ? `${c.method} ${c.path}: 500 instead of ${c.status.join(' or ')}` : `${c.method} ${c.path}: ${c.status[0]} in ${dice.whole(40, 160)} ms`, at: isoOf(nowMs) }))
        const message = isBroken ? `not all checks passed: ${checks[0]?.detail ?? ''}` : `all ${checks.length} checks passed`
        done(isBroken ? 'failed' : 'passed', message, null, checks)
        if (isBroken) stop('failed', message)
        break
      }
      case 'setWeight':
        if (isFirst) {
          done('skipped', 'the first release serves already: there is nothing to share traffic with')
          break
        }
        nowMs += dice.whole(2, 4) * second
        story.writes.push({ atMs: nowMs, percent: step.percent })
        done('passed', `read back: ${step.percent}%`, nowMs)
        break
      case 'bake': {
        const trouble = isFirst ? null : troubleOf(ending, rules, story.writes.at(-1)?.percent ?? 0, step.durationMs, nowMs, dice)
        if (trouble === null) {
          nowMs += step.durationMs
          done('passed', rules.length > 0 ? 'its time is over and every rule passes' : 'its time is over')
          break
        }
        story.trouble = trouble
        nowMs = trouble.atMs + (trouble.heldMs ?? 0)
        done('failed', trouble.message)
        stop('rolled_back', trouble.heldMs === null ? trouble.message : `aborted by Olga On-call: not enough traffic at night to decide`)
        nowMs += dice.whole(3, 6) * second
        story.writes.push({ atMs: nowMs, percent: 0 })
        break
      }
      case 'approve':
        done('passed', 'approved')
        break
    }
  }
  story.endMs = nowMs + second
  return story
}

function troubleOf(ending: Ending, rules: readonly ThresholdRule[], percent: number, durationMs: number, nowMs: number, dice: Dice): RolloutStory['trouble'] {
  const wanted = ending === 'errors' ? 'error_rate' : ending === 'slow' ? 'latency_p95' : null
  const rule = rules.find((r) => r.metric === wanted && r.mode === 'rollback') ?? null
  if (rule) {
    const atMs = nowMs + Math.min(durationMs, rule.overMs) - dice.whole(5, 40) * second
    const requests = Math.round((percent / 100) * 100 * (rule.overMs / second) * (0.9 + dice.next() / 10))
    if (rule.metric === 'error_rate') {
      const errors = Math.round(requests * rule.max * (1.8 + dice.next() * 3))
      return { rule, atMs, message: `${rule.name}: ${errors.toLocaleString('en-US')} of ${requests.toLocaleString('en-US')} requests failed (${((100 * errors) / requests).toFixed(1)}%), limit ${rule.max * 100}%`, heldMs: null, value: errors / requests, requests, errors }
    }
    const value = Math.round(rule.max * (1.2 + dice.next()))
    return { rule, atMs, message: `${rule.name}: ${rule.metric.replace('latency_', '')} ${value} ms over ${requests.toLocaleString('en-US')} requests, limit ${rule.max.toLocaleString('en-US')} ms`, heldMs: null, value, requests, errors: null }
  }
  if (ending !== 'aborted') return null
  const requests = dice.whole(9, 30)
  return { rule: rules[0] ?? null, atMs: nowMs + 30 * minute, message: `not enough data: ${requests} of ${rules[0]?.minRequests ?? 50} requests in 30 minutes`, heldMs: dice.whole(12, 40) * minute, value: null, requests, errors: 0 }
}

/** The last verdict of each rule, with the counts that decided it. */
export function verdictsOf(story: RolloutStory, rules: readonly ThresholdRule[], revision: string, stepIndex: number, dice: Dice): RuleVerdict[] {
  if (story.writes.length === 0) return []
  const atMs = story.trouble?.atMs ?? story.endMs - 2 * second
  return rules.map((rule): RuleVerdict => {
    const isCulprit = story.trouble?.rule?.name === rule.name
    const share = story.writes.findLast((w) => w.atMs <= atMs)?.percent ?? 100
    const requests = isCulprit ? (story.trouble?.requests ?? 0) : Math.max(1, Math.round((share / 100) * 100 * (rule.overMs / second) * (0.95 + dice.next() / 20)))
    const isHeld = isCulprit && story.trouble?.heldMs !== null
    const errors = isCulprit ? (story.trouble?.errors ?? 0) : Math.floor(requests * rule.max * dice.next() * (rule.metric === 'error_rate' ? 0.2 : 0))
    const value = isCulprit ? (story.trouble?.value ?? null) : rule.metric === 'error_rate' ? errors / requests : Math.round(170 + dice.next() * 60)
    const passes = rule.metric === 'error_rate' ? `${errors.toLocaleString('en-US')} of ${requests.toLocaleString('en-US')} requests failed, limit ${rule.max * 100}%` : `${value ?? 0} ms over ${requests.toLocaleString('en-US')} requests, limit ${rule.max.toLocaleString('en-US')} ms`
    return {
      rule: rule.name, mode: rule.mode, verdict: isCulprit ? (isHeld ? 'inconclusive' : 'fail') : 'pass', message: isCulprit ? (story.trouble?.message ?? '') : passes,
      revision, stepIndex, value, limit: rule.max, requests, errors, minRequests: rule.minRequests,
      windowFrom: isoOf(atMs - rule.overMs), windowTo: isoOf(atMs), lagSeconds: 0, stable: null, forecastAt: null, since: isoOf(story.writes[0]?.atMs ?? atMs), at: isoOf(atMs),
    }
  })
}
