import 'server-only'
import { tryCheck } from '#lib/engine/check-http.ts'
import type { CheckResult, Facts, RevisionFacts } from '#lib/engine/facts.ts'
import { measure, nothingMeasured } from '#lib/engine/measure.ts'
import { stepApprovals } from '#lib/engine/steps/approve/collect.ts'
import { sameSplit, tagsOf } from '#lib/engine/traffic.ts'
import { nowMs as clockNowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { ObservedRevision } from '#lib/drivers/runtime.ts'
import type { RolloutRow } from '#lib/rollouts/store.ts'
import { SchemaRange } from '#lib/releases/contract.ts'
import { schemaVerdict } from '#lib/targets/decide.ts'
import { findHold } from '#lib/targets/holds.ts'
import { madeBy, observeTarget, type Seen } from '#lib/targets/observe.ts'

/**
 * Everything one decision rests on: the target live, and what the step under way needs. `fresh` is a reading of this very
 * moment, where there is one; else the target is read now. Throws DriverError when it cannot be read.
 */
export async function collect(r: RolloutRow, fresh: Seen | null): Promise<{ facts: Facts; seen: Seen }> {
  const seen = fresh ?? (await observeTarget(r.targetId, { maxAgeMs: 0, at: r.plan.locator }))
  const nowMs = await clockNowMs(db)
  const { observation: o, revisions } = seen
  const step = r.plan.steps[r.stepIndex]
  const isActive = r.kind === 'promotion' && r.state !== 'pending' && r.state !== 'rolling_back'
  // What gave way to a newer one was judged by nobody: once it is back its rules are asked a last time, so that none delays it.
  const isLastLook = r.state === 'rolling_back' && r.supersededById !== null && o.split[r.stable?.revision ?? ''] === 100
  const verifies = isActive && r.state === 'running' && step?.kind === 'verify' && r.runs[r.stepIndex]?.state === 'running'
  const [measured, checks, approvals, releases, heldHere] = await Promise.all([
    isActive || isLastLook ? measure(r, nowMs, sameSplit(o.split, r.observedSplit ?? {})) : nothingMeasured,
    verifies ? runChecks(r, step.checks, seen, nowMs) : null,
    isActive && step?.kind === 'approve' ? stepApprovals(r, step.rule) : null,
    r.kind === 'promotion' ? releasesOf(r) : null,
    r.kind === 'promotion' && r.startedAt === null ? heldReason(r) : null,
  ])
  return {
    seen,
    facts: {
      nowMs,
      kind: r.kind,
      state: r.state,
      hold: r.hold,
      plan: r.plan,
      stepIndex: r.stepIndex,
      runs: r.runs,
      stable: r.stable,
      candidate: r.candidate,
      desiredSplit: r.desiredSplit,
      intent: r.intent,
      intended: r.target.intended,
      trusted: r.target.stableRevision,
      releaseVetoed: releases?.vetoed ?? false,
      begun: r.startedAt !== null,
      heldHere,
      backRefused: releases?.backRefused ?? null,
      live: { exists: o.exists, etag: o.etag, settled: o.settled, failure: o.failure, traffic: o.traffic, split: o.split, tags: tagsOf(o.traffic, o.latestReady), namesLatest: o.namesLatest, latestReady: o.latestReady, lastModifier: o.lastModifier },
      candidateLive: factsOf(madeBy(revisions, r.id, r.plan.digest)),
      stableLive: factsOf(revisions.find((v) => v.name === r.stable?.revision)),
      verdicts: measured.verdicts,
      added: measured.added,
      checks,
      approvals,
    },
  }
}

const factsOf = (v: ObservedRevision | undefined): RevisionFacts | null => (v ? { name: v.name, ready: v.ready, settled: v.settled, message: v.message } : null)

/** What the release under way and stable's release say of each other. */
async function releasesOf(r: RolloutRow): Promise<{ vetoed: boolean; backRefused: string | null }> {
  const ids = [r.releaseId, r.stable?.releaseId ?? null].filter((id) => id !== null)
  const rows = await db.release.findMany({ where: { id: { in: ids } }, select: { id: true, state: true, version: true, schema: true } })
  const sideOf = (id: string | null | undefined, name: string) => {
    const row = rows.find((x) => x.id === id)
    return { name, version: row?.version ?? null, schema: SchemaRange.nullable().parse(row?.schema ?? null) }
  }
  const schema = r.stable ? schemaVerdict(sideOf(r.releaseId, r.candidate?.revision ?? ''), sideOf(r.stable.releaseId, r.stable.revision)) : null
  return { vetoed: rows.some((x) => x.id === r.releaseId && x.state !== 'active'), backRefused: schema?.state === 'refused' ? schema.detail : null }
}

/** The gates looked when the promotion started; a later group of services begins hours after that. */
async function heldReason(r: RolloutRow): Promise<string | null> {
  const hold = await findHold(db, r.targetId)
  return hold?.digests.includes(r.plan.digest) ? hold.reason : null
}

/** Asks what has not passed yet; what passed is kept. The address is the candidate's tag, or the service's own on a first release. */
async function runChecks(r: RolloutRow, checks: readonly Parameters<typeof tryCheck>[1][], seen: Seen, nowMs: number): Promise<CheckResult[]> {
  const tagged = seen.observation.statuses.find((s) => s.tag !== null && s.uri !== null && s.revision === r.candidate?.revision)
  const base = tagged?.uri ?? (r.stable ? null : seen.observation.uri)
  const before = r.runs[r.stepIndex]?.checks ?? []
  return Promise.all(
    checks.map(async (c) => {
      const passed = before.find((b) => b.name === c.name && b.passed)
      if (passed) return passed
      if (base === null) return { name: c.name, passed: false, detail: 'the candidate has no address: its deploy step sets no tag', at: new Date(nowMs).toISOString() }
      return tryCheck(base, c, nowMs)
    }),
  )
}
