import type { z } from 'zod'
import type { StrategyModel, StrategyStep } from '#lib/blueprints/model.ts'
import { approvalRule } from '#lib/blueprints/reading/approval.ts'
import { analysis } from '#lib/blueprints/reading/analysis.ts'
import { bad, list, object, oneKind, optional, type Read, required } from '#lib/blueprints/reading/shape.ts'
import { duration, flag, orNull, pattern, slug, whole } from '#lib/blueprints/reading/scalars.ts'
import { type Cursor, problemAt, resolved } from '#lib/blueprints/reading/source.ts'
import { isMap } from 'yaml'

type Step = z.infer<typeof StrategyStep>

const tag = pattern(/^[a-z]([a-z0-9-]{0,44}[a-z0-9])?$/, 'a tag: lower-case letters, digits and dashes, starting with a letter, at most 46')
const deployFields = orNull(object({ tag: optional(orNull(tag), null) }))
const deploy: Read<Step> = (at) => {
  const read = deployFields(at)
  return read === bad ? bad : { kind: 'deploy', tag: read?.tag ?? null }
}

const verifyFields = object({ suite: required(slug) })
const verify: Read<Step> = (at) => {
  const read = verifyFields(at)
  return read === bad ? bad : { kind: 'verify', suite: read.suite }
}

const percent = whole(1, 100, ' (percent)')
const setWeight: Read<Step> = (at) => {
  const read = percent(at)
  return read === bad ? bad : { kind: 'setWeight', percent: read }
}

const bakeTime = duration()
const bakeFields = object({ time: required(bakeTime), early: optional(flag, false) })
const bake: Read<Step> = (at) => {
  if (isMap(resolved(at))) {
    const read = bakeFields(at)
    return read === bad ? bad : { kind: 'bake', durationMs: read.time, early: read.early }
  }
  const durationMs = bakeTime(at)
  return durationMs === bad ? bad : { kind: 'bake', durationMs, early: false }
}

const approve: Read<Step> = (at) => {
  const rule = approvalRule(at)
  return rule === bad ? bad : { kind: 'approve', rule }
}

const step = oneKind<Step>({ deploy, verify, setWeight, bake, approve }, 'a step', { run: 'steps that run a job are', migrate: 'migration steps are', webhook: 'webhook steps are' })
const steps: Read<Step[]> = (at) => {
  const read = list(step, { min: 1, max: 50, of: 'steps' })(at)
  if (read === bad) return bad
  return checkOrder(at, read) ? read : bad
}

/** A strategy must be able to bring a release to 100%, and never lower it on the way. */
function checkOrder(at: Cursor, read: readonly Step[]): boolean {
  let whole = true
  const refuse = (index: number, message: string) => {
    problemAt(at.source, [...at.path, index], message)
    whole = false
  }
  let reached = 0
  read.forEach((s, i) => {
    if (i === 0 && s.kind !== 'deploy') refuse(i, 'the first step is deploy: every other one needs the new revision')
    if (i > 0 && s.kind === 'deploy') refuse(i, 'deploy stands once, first')
    if (s.kind === 'bake' && reached === 0) refuse(i, 'a bake before any setWeight would watch a revision that serves nobody')
    if (s.kind === 'approve' && reached === 100) refuse(i, 'an approve step after 100% decides nothing')
    if (s.kind !== 'setWeight') return
    if (s.percent <= reached) refuse(i, `weights must rise: ${s.percent} after ${reached}`)
    reached = Math.max(reached, s.percent)
  })
  if (whole && reached !== 100) refuse(read.length - 1, reached === 0 ? 'the strategy never gives the release traffic: it must end with setWeight 100' : `the strategy ends at ${reached}%: it must bring the release to setWeight 100`)
  return whole
}

const noAnalysis = { notEnoughData: { afterMs: 30 * 60_000, then: 'ask' as const }, cannotMeasure: { afterMs: 30 * 60_000, then: 'ask' as const }, rules: [] }
export const strategy: Read<StrategyModel> = object({ name: required(slug), steps: required(steps), analysis: optional(analysis, noAnalysis) })
