import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import type { Backtest, ReplayedRollout, runBacktest } from '#lib/backtest/contract.ts'
import { replay } from '#lib/backtest/replay.ts'
import { writeAnalysis } from '#lib/blueprints/document.ts'
import { readAnalysis } from '#lib/blueprints/read.ts'
import { invalid } from '#lib/blueprints/refusals.ts'
import { findRecords } from '#lib/engine/compare/store.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { Analysis } from '#lib/rollouts/schema.ts'
import { findRollouts, type RolloutRow } from '#lib/rollouts/store.ts'
import { visibleTarget } from '#lib/targets/access.ts'

/** Replays rules on the recorded looks of a target's newest rollouts. Throws invalid_input with every problem of the rules. */
export async function run(actor: Actor, input: Parsed<typeof runBacktest>): Promise<Backtest> {
  const t = await visibleTarget(actor, input.id)
  const rollouts = await findRollouts({ where: { targetId: t.id, kind: 'promotion', startedAt: { not: null } }, page: { take: input.rollouts } })
  const analysis = rulesOf(input.rules, rollouts)
  const records = await findRecords(rollouts.map((r) => r.id))
  return { target: t.id, rules: writeAnalysis(analysis), rollouts: rollouts.map((r) => replayed(r, analysis, records.get(r.id))), now: isoOf(await nowMs()) }
}

function rulesOf(text: string | undefined, rollouts: readonly RolloutRow[]): Analysis {
  if (text !== undefined) {
    const read = readAnalysis(text)
    if (!read.ok) throw invalid(read.problems)
    return read.analysis
  }
  const newest = rollouts.find((r) => r.plan.analysis.rules.length > 0)
  if (!newest) throw new AppError('invalid_input', 'no rollout of this target had rules: give some', { field: 'rules' })
  return newest.plan.analysis
}

type Records = Awaited<ReturnType<typeof findRecords>> extends ReadonlyMap<string, infer R> ? R : never

function replayed(r: RolloutRow, analysis: Analysis, record: Records | undefined): ReplayedRollout {
  const looks = record?.looks ?? []
  const { stop, unanswered } = record ? replay(analysis, record.past, looks) : { stop: null, unanswered: [] }
  const endMs = r.endedAt?.getTime() ?? null
  return {
    rollout: r.id, version: r.candidate?.version ?? null, state: r.state, endReason: r.endReason, looks: looks.length, unanswered,
    startedAt: r.startedAt?.toISOString() ?? null,
    endedAt: r.endedAt?.toISOString() ?? null,
    agreement: agreementOf(r.state, looks.length, stop !== null),
    stop: stop && { rule: stop.rule, mode: stop.mode, at: isoOf(stop.atMs), reason: stop.reason, requests: stop.requests, avoidedErrors: stop.avoidedErrors, earlierSeconds: endMs === null ? null : Math.round((endMs - stop.atMs) / 1000) },
  }
}

function agreementOf(state: RolloutRow['state'], looks: number, isStopped: boolean): ReplayedRollout['agreement'] {
  if (looks === 0) return 'no_record'
  if (state === 'rolled_back') return isStopped ? 'caught' : 'missed'
  if (state === 'succeeded') return isStopped ? 'false_alarm' : 'agrees'
  return 'open'
}
