import { askedNow, endsOn } from '#lib/engine/steps/bake/decide.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { RolloutPlan, StepRun } from '#lib/rollouts/schema.ts'
import { decides, type RolloutState } from '#lib/rollouts/state.ts'
import { trafficOf } from '#prisma/seed/looks.ts'
import { diceOf, type Dice } from '#prisma/seed/random.ts'
import type { Ending } from '#prisma/seed/story.ts'
import { type Bake, watchBakes } from '#prisma/seed/watch.ts'

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
  /** What was watched: the numbers follow from it. */
  bakes: Bake[]
  trouble: Trouble | null
}

/** What took it back: a rule, at once; or a person, out of the hold that began then. */
type Trouble = { rule: string | null; atMs: number; message: string; heldMs: number | null }

const second = 1000
const minute = 60_000
const pendingRun: StepRun = { state: 'pending', startedAt: null, endedAt: null, trafficAt: null, message: null, tries: [] }

/** Plays the steps of a strategy from `startMs`, to their end or to the trouble that the story has for this one. */
export function playRollout(plan: RolloutPlan, ending: Ending, isFirst: boolean, startMs: number, words: readonly string[]): RolloutStory {
  const dice = diceOf(...words)
  const { steps, analysis: { rules } } = plan
  const story: RolloutStory = { state: 'succeeded', runs: [], stepIndex: steps.length, endMs: startMs, endReason: null, deployedMs: startMs, writes: [], bakes: [], trouble: null }
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
        const write = story.writes.at(-1) ?? { atMs: nowMs, percent: 100 }
        const traffic = trafficOf(isFirst ? 'succeeded' : ending, rules.filter((r) => r.kind === 'threshold'), nowMs, write.percent / 100, dice)
        const bake: Bake = { stepIndex: index, percent: write.percent, trafficMs: write.atMs, toMs: nowMs + step.durationMs, traffic, isFirst }
        const trouble = isFirst ? null : troubleOf(ending, plan, bake, nowMs, dice, words)
        story.bakes.push({ ...bake, toMs: trouble ? trouble.atMs + (trouble.heldMs ?? 0) : bake.toMs })
        if (trouble === null) {
          nowMs += step.durationMs
          done('passed', endText(plan, story.bakes, words))
          break
        }
        story.trouble = trouble
        nowMs = trouble.atMs + (trouble.heldMs ?? 0)
        done('failed', trouble.message)
        stop('rolled_back', trouble.heldMs === null ? trouble.message : `aborted by Olga On-call: not enough traffic to decide`)
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

/** Null where this bake goes well; how it went wrong is for the rules to say, by the numbers of the story. */
function troubleOf(ending: Ending, plan: RolloutPlan, bake: Bake, nowMs: number, dice: Dice, words: readonly string[]): Trouble | null {
  if (ending === 'aborted') {
    const atMs = nowMs + 30 * minute
    const message = askedNow(watchBakes(plan, [{ ...bake, toMs: atMs }], words).verdicts, 'not_enough_data')
    if (message === '') throw new Error(`${plan.service}: so few requests are enough for every rule`)
    return { rule: null, atMs, message, heldMs: dice.whole(12, 40) * minute }
  }
  if (ending !== 'errors' && ending !== 'slow') return null
  const { failed } = watchBakes(plan, [bake], words)
  if (!failed) throw new Error(`${plan.service}: no rule finds what is wrong in this story`)
  return { rule: failed.rule, atMs: Date.parse(failed.at), message: `${failed.rule}: ${failed.message}`, heldMs: null }
}

/** As the engine says it of these verdicts; a bake that ends here without a word of its rules would be a mistake of the story. */
function endText(plan: RolloutPlan, bakes: readonly Bake[], words: readonly string[]): string {
  const deciding = watchBakes(plan, bakes, words).verdicts.filter(decides)
  const text = deciding.length === 0 ? 'its time is over; no rule measures this target' : endsOn(deciding)
  if (text === null) throw new Error(`${words.join(' ')}: a rule is open at the end of a bake that goes well`)
  return text
}
