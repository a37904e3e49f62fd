import type { TargetPlan } from '#lib/promotions/contract.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'

/** From this moment on, so much goes to the candidate. */
export type Weight = { atMs: number; percent: number }
/** One service's weight over time; after its end nothing changes by itself. */
export type Course = { weights: Weight[]; endMs: number }

type Planned = Pick<TargetPlan, 'service' | 'group' | 'live' | 'steps'>

function courseOf(t: Planned, startMs: number): Course {
  // The first release of a service serves from its deployment on: its weight steps have nothing to do.
  const isFirst = t.live === 'absent'
  const weights: Weight[] = isFirst ? [{ atMs: startMs, percent: 100 }] : []
  let atMs = startMs
  for (const step of t.steps) {
    if (step.kind === 'setWeight' && !isFirst) weights.push({ atMs, percent: step.percent })
    if (step.kind === 'bake') atMs += step.durationMs
  }
  return { weights, endMs: atMs }
}

/** As planned, counted from `startMs`: a group begins when the slowest service of the one before is done. Deploying and people take their time on top. */
export function plannedCourses(targets: readonly Planned[], startMs: number): Map<string, Course> {
  const courses = new Map<string, Course>()
  let groupStartMs = startMs
  for (const group of [...new Set(targets.map((t) => t.group))].toSorted((a, b) => a - b)) {
    const inGroup = targets.filter((t) => t.group === group)
    for (const t of inGroup) courses.set(t.service, courseOf(t, groupStartMs))
    groupStartMs = Math.max(groupStartMs, ...inGroup.map((t) => courses.get(t.service)?.endMs ?? 0))
  }
  return courses
}

const ms = (iso: string) => Date.parse(iso)

/** As it went: each weight when it was read back, and the way back; null while nothing went out. */
export function actualCourse(r: Pick<RolloutView, 'steps' | 'state' | 'stable' | 'endedAt'>, nowMs: number): Course | null {
  const weights = r.steps.flatMap(({ plan, run }): Weight[] => {
    if (!run.trafficAt) return []
    if (plan.kind === 'setWeight') return [{ atMs: ms(run.trafficAt), percent: plan.percent }]
    return plan.kind === 'deploy' && r.stable === null ? [{ atMs: ms(run.trafficAt), percent: 100 }] : []
  })
  if (weights.length === 0) return null
  const endMs = r.endedAt ? ms(r.endedAt) : nowMs
  return { weights: r.state === 'rolled_back' && r.endedAt ? [...weights, { atMs: endMs, percent: 0 }] : weights, endMs }
}

const minuteMs = 60_000
const stepsMinutes = [1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440, 2880, 10_080]

/** Lines of the time axis: about eight, at whole steps of the clock, or of the time since the start. */
export function courseTicks(fromMs: number, toMs: number): number[] {
  const stepMs = minuteMs * (stepsMinutes.find((m) => (toMs - fromMs) / (m * minuteMs) <= 8) ?? 10_080)
  const ticks: number[] = []
  for (let at = Math.ceil(fromMs / stepMs) * stepMs; at <= toMs; at += stepMs) ticks.push(at)
  return ticks
}
