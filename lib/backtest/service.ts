import 'server-only'
import type { Actor } from '#lib/access/actor.ts'
import { findApplication } from '#lib/applications/store.ts'
import { seenEnvironments } from '#lib/applications/visible.ts'
import type { Backtest, ReplayedRollout, runBacktest } from '#lib/backtest/contract.ts'
import { replay, type Replay } from '#lib/backtest/replay.ts'
import { unrecordedMs } from '#lib/backtest/unrecorded.ts'
import { BlueprintModel } from '#lib/blueprints/model.ts'
import { writeAnalysis } from '#lib/blueprints/document.ts'
import { readAnalysis } from '#lib/blueprints/read.ts'
import { invalidRules } from '#lib/blueprints/refusals.ts'
import { documentedTiming } from '#lib/drivers/cloud-monitoring/timing.ts'
import { findRecord, type Recorded } from '#lib/engine/compare/store.ts'
import { findPast, pastView } from '#lib/evidence/past.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import { isoOf } from '#lib/platform/time.ts'
import type { Analysis, RuleVerdict } from '#lib/rollouts/schema.ts'
import { begunAgain } from '#lib/rollouts/bake-again.ts'
import { decides } from '#lib/rollouts/state.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import { visibleTarget } from '#lib/targets/access.ts'

/**
 * Replays rules on the recorded looks of a target's newest rollouts, one after the other. Throws invalid_input with every
 * problem of the rules, or with the strategies there are.
 */
export async function run(actor: Actor, input: Parsed<typeof runBacktest>): Promise<Backtest> {
  const t = await visibleTarget(actor, input.id)
  const [past, strategies] = await Promise.all([findPast(t.id, input.rollouts), strategiesOf(actor, t.environment.application.slug)])
  const analysis = rulesOf(input, past, strategies)
  const rollouts: ReplayedRollout[] = []
  // What was recorded of one long rollout is some megabytes.
  for (const r of past) rollouts.push(replayed(r, analysis, await findRecord(r.id)))
  return { target: t.id, rules: writeAnalysis(analysis), strategies: [...strategies.keys()], rollouts, now: isoOf(await nowMs()) }
}

/** Strategies of the environments that this person may see, in the order of the environments. */
async function strategiesOf(actor: Actor, application: string): Promise<ReadonlyMap<string, Analysis>> {
  const row = await findApplication(application)
  if (!row) return new Map()
  const model = BlueprintModel.parse(row.blueprint)
  const seen = new Set(seenEnvironments(actor, row).map((e) => e.slug))
  const names = model.environments.flatMap((e) => (seen.has(e.name) ? [e.strategy] : []))
  return new Map(model.strategies.filter((s) => names.includes(s.name)).toSorted((a, b) => names.indexOf(a.name) - names.indexOf(b.name)).map((s) => [s.name, s.analysis]))
}

function rulesOf({ rules, strategy }: Parsed<typeof runBacktest>, rollouts: readonly RolloutRow[], strategies: ReadonlyMap<string, Analysis>): Analysis {
  if (rules !== undefined) {
    const read = readAnalysis(rules)
    if (!read.ok) throw invalidRules(read.problems)
    return read.analysis
  }
  if (strategy !== undefined) {
    const named = strategies.get(strategy)
    if (!named) throw new AppError('invalid_input', `there is no strategy ${strategy}; allowed: ${[...strategies.keys()].join(', ') || 'none'}`, { field: 'strategy' })
    return named
  }
  const usual = [...rollouts.map((r) => r.plan.analysis), ...strategies.values()].find((a) => a.rules.length > 0)
  if (!usual) throw new AppError('invalid_input', 'no rollout of this target had rules, and no strategy has: give some', { field: 'rules' })
  return usual
}

function replayed(r: RolloutRow, analysis: Analysis, record: Recorded | null): ReplayedRollout {
  const looks = record?.looks ?? []
  const moves = movesOf(r)
  const { stop, unanswered, unasked, judgedLooks, coldLooks, endsCold } = record ? replay(analysis, record.past, looks, moves) : nothingReplayed
  const unrecorded = unrecordedMs(looks, moves, { ownMs: r.plan.analysis.warmUpMs ?? 0, triedMs: analysis.warmUpMs ?? 0, sampleMs: r.plan.metrics?.source === 'prometheus' ? r.plan.metrics.scrapeMs : documentedTiming.samplePeriodMs })
  const failed = failedThen(r)
  const thenMs = failed ? firstFailedMs(failed) : (r.endedAt?.getTime() ?? null)
  return {
    ...pastView(r),
    looks: looks.length,
    judgedLooks,
    unanswered,
    coldLooks,
    unrecordedSeconds: Math.round(unrecorded / 1000),
    agreement: agreementOf(r, { analysis, looks, unanswered: [...unanswered, ...unasked], isUnseen: unrecorded > 0, isCold: endsCold, isStopped: stop !== null }),
    stop: stop && { rule: stop.rule, mode: stop.mode, at: isoOf(stop.atMs), reason: stop.reason, requests: stop.requests, avoidedErrors: stop.avoidedErrors, earlierSeconds: thenMs === null ? null : Math.round((thenMs - stop.atMs) / 1000) },
  }
}

const nothingReplayed: Replay = { stop: null, unanswered: [], unasked: [], judgedLooks: 0, coldLooks: 0, endsCold: false }

/**
 * The sample that a rule first failed by, as in the replay: before it said so, by as much as the source is late. One that
 * looked at nothing since it failed is as late as time passed: what it looked at last is nearer.
 */
function firstFailedMs({ since, windowTo, lagSeconds }: RuleVerdict): number {
  return windowTo !== null && windowTo <= since ? Date.parse(windowTo) : Date.parse(since) - (lagSeconds ?? 0) * 1000
}

/**
 * When traffic moved, as far as the runs still tell: the last write and the last settled change of each step, and from the
 * tries that were kept those that a bake begun again, or a step run again, left behind.
 */
function movesOf(r: RolloutRow): number[] {
  return r.runs.flatMap((run, i) => {
    const isWrite = r.plan.steps[i]?.kind === 'setWeight'
    const before = run.tries.flatMap((t) => (t.endedAt !== null && (t.outcome.startsWith(begunAgain) || (isWrite && (run.trafficAt === null || t.endedAt < run.trafficAt))) ? [t.endedAt] : []))
    return [...before, run.trafficAt, run.measuredFrom].flatMap((at) => (typeof at === 'string' ? [Date.parse(at)] : []))
  })
}

/** The rule that took it back then, or asked and was followed. */
const failedThen = (r: RolloutRow) => (r.state === 'rolled_back' ? r.verdicts.find((v) => v.verdict === 'fail' && decides(v)) : undefined)

type Replayed = { analysis: Analysis; looks: Recorded['looks']; unanswered: readonly string[]; isUnseen: boolean; isCold: boolean; isStopped: boolean }

function agreementOf(r: RolloutRow, { analysis, looks, unanswered, isUnseen, isCold, isStopped }: Replayed): ReplayedRollout['agreement'] {
  const last = looks.at(-1)
  if (!last) return 'no_record'
  if (r.state !== 'succeeded' && r.state !== 'rolled_back') return 'open'
  const failed = failedThen(r)
  // Without a rule against it, it may have been a good release: nobody knows.
  if (r.state === 'rolled_back' && !failed) return 'no_rule'
  // A rule that was not asked might have stopped it, and so might any by what came in a warm-up that is not in the record.
  if (!isStopped && analysis.rules.some((rule) => rule.mode !== 'watch' && (isUnseen || unanswered.includes(rule.name)))) return 'unanswered'
  if (!failed) return isStopped ? 'false_alarm' : 'agrees'
  if (isStopped) return 'caught'
  // It was taken back before it had warmed up for these rules, so what they would have seen never came.
  if (isCold) return 'unanswered'
  // What made it fail may not be in the record: it can have failed by requests that came after the last look.
  return failed.windowTo !== null && Date.parse(failed.windowTo) <= last.toMs ? 'missed' : 'unanswered'
}
