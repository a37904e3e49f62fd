import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import type { ArmCounts } from '#lib/analysis/threshold.ts'
import { addLook, alphas, beginEvidence, isOfThisJudge, judgedAgain, judgedRules, movedAt, requestsHere } from '#lib/engine/compare/evidence.ts'
import { Evidence, type Look, type Past } from '#lib/engine/compare/schema.ts'
import { forecastOf } from '#lib/engine/compare/words.ts'
import type { Analysis, CompareRule, RolloutPlan } from '#lib/rollouts/schema.ts'

const rule = (over: Partial<CompareRule> = {}): CompareRule => ({ name: 'errors', kind: 'compare', mode: 'rollback', metric: 'error_rate', tolerance: 0, alpha: null, minRequests: 200, ...over })
const analysis = (...rules: CompareRule[]): Analysis => ({ notEnoughData: { afterMs: 0, then: 'ask' }, cannotMeasure: { afterMs: 0, then: 'ask' }, rules })
const past: Past = { innerMs: [100, 200], counts: [500, 400, 100], minutes: { requests: [], errors: [] } }
const noPast: Past = { innerMs: [], counts: [], minutes: { requests: [], errors: [] } }
const arm = (requests: number, errors: number, latency: number[] = [requests / 2, requests / 2, 0]): ArmCounts => ({ requests, errors, latency: { boundsMs: [100, 200, Infinity], counts: latency } })
const look = (minute: number, candidate: ArmCounts | null, stable: ArmCounts | null, share = 0.1): Look => ({ fromMs: minute * 60_000, toMs: (minute + 1) * 60_000, share, candidate, stable })

/** Through JSON after each look, as the database keeps it. */
function gathered(a: Analysis, p: Past, looks: readonly Look[]) {
  let evidence = beginEvidence(a, p, looks[0]?.share ?? 0.1, looks[0]?.fromMs ?? 0)
  let verdicts: ReturnType<typeof addLook>['verdicts'] = []
  for (const l of looks) {
    const next = addLook(a, evidence, l)
    evidence = Evidence.parse(JSON.parse(JSON.stringify(next.evidence)))
    verdicts = next.verdicts
  }
  return { evidence, verdicts }
}

test('errors of the candidate alone fail it, and the counts are those of all looks', () => {
  const { evidence, verdicts } = gathered(analysis(rule()), past, [look(0, arm(60, 3), arm(540, 0)), look(1, arm(60, 4), arm(540, 1))])
  expect(verdicts).toMatchObject([{ verdict: 'fail', counts: { candidate: { requests: 120, events: 7 }, stable: { requests: 1080, events: 1 } } }])
  expect(evidence).toMatchObject({ fromMs: 0, toMs: 120_000 })
})

test('what was gathered at 10% goes on at 50%', () => {
  const weak = [look(0, arm(60, 1), arm(540, 1)), look(1, arm(60, 1), arm(540, 1))]
  const before = gathered(analysis(rule()), past, weak).verdicts[0]?.evidence ?? 0
  const moved = gathered(analysis(rule()), past, [...weak, look(2, null, null, 0.5)])
  expect(before).toBeGreaterThan(0)
  expect(moved.verdicts[0]?.evidence).toBeCloseTo(before, 10)
})

test('requests are counted from where traffic moved last, whatever was seen before', () => {
  const { evidence } = gathered(analysis(rule()), past, [look(0, arm(60, 0), arm(540, 0))])
  const later = addLook(analysis(rule()), movedAt(evidence, 70_000), look(1, arm(40, 0), arm(40, 0), 0.5)).evidence
  expect([requestsHere(evidence), requestsHere(later), requestsHere(movedAt(later, 70_000)), requestsHere(movedAt(later, 130_000))]).toEqual([60, 40, 40, 0])
})

test('the forecast is of this split, and of the next where requests are counted anew', () => {
  const a = analysis(rule())
  const { evidence, verdicts } = gathered(a, past, [look(0, arm(60, 0), arm(540, 0))])
  const plan = { steps: [{ kind: 'setWeight', percent: 10 }, { kind: 'setWeight', percent: 50 }], analysis: a } as unknown as RolloutPlan // all that a forecast reads of it
  // 10 requests a second: 140 more at one of them, then 200 at five.
  expect(verdicts[0] && forecastOf(rule(), verdicts[0], plan, evidence)).toEqual({ text: '60 of 200 requests of the candidate: about 140 more requests, 3 min at 10%, 40 s at 50%', missingSeconds: 140 })
})

test('a split that is not the configured one is named, and neither passes nor fails', () => {
  const { verdicts } = gathered(analysis(rule()), past, [look(0, arm(600, 60), arm(600, 0))])
  expect(verdicts).toMatchObject([{ verdict: 'error', cause: 'traffic split' }])
})

test('latency is compared only where stable has a past', () => {
  const a = analysis(rule(), rule({ name: 'slower', metric: 'latency' }))
  expect(judgedRules(a, past).map((r) => r.name)).toEqual(['errors', 'slower'])
  expect(judgedRules(a, noPast).map((r) => r.name)).toEqual(['errors'])
  const slow = [0, 1, 2].map((minute) => look(minute, arm(60, 0, [0, 20, 40]), arm(540, 0, [300, 200, 40])))
  expect(gathered(a, past, slow).verdicts).toMatchObject([{ name: 'errors', verdict: 'inconclusive' }, { name: 'slower', verdict: 'fail' }])
})

test('a state of another version is no use; judging the recorded looks again comes to the same', () => {
  const a = analysis(rule(), rule({ name: 'slower', metric: 'latency' }))
  const looks = [look(0, arm(60, 3), arm(540, 0)), look(1, null, arm(540, 1)), look(2, arm(300, 9), arm(300, 1), 0.5)]
  const { evidence } = gathered(a, past, looks)
  const { version: _, ...old } = evidence
  expect([isOfThisJudge(evidence), isOfThisJudge(Evidence.parse(old))]).toEqual([true, false])
  const recorded = (counts: ArmCounts | null) => ({ requests: counts?.requests ?? 0, errors: counts?.errors ?? 0, latency: [...(counts?.latency.counts ?? [0, 0, 0])] })
  const again = looks.map((l) => ({ ...l, candidate: recorded(l.candidate), stable: recorded(l.stable) }))
  expect(judgedAgain(a, past, again, 0)).toEqual({ ...evidence, moved: { sinceMs: 0, requests: 0, ofBoth: 0 } })
  expect(judgedAgain(a, past, [], 0)).toBeNull()
  // A bake that was under way at 50% goes on with the requests of its own split.
  expect(requestsHere(judgedAgain(a, past, again, 120_000) ?? evidence)).toBe(300)
})

// A state that was stored before is trusted by its version alone: raise it with whatever changes this digest.
test('the version stands for what states hold', () => {
  const looks = [look(0, arm(60, 3), arm(540, 2)), look(1, arm(60, 1), arm(540, 1)), look(2, arm(300, 2), arm(300, 1), 0.5)]
  const { evidence } = gathered(analysis(rule(), rule({ name: 'slower', metric: 'latency' })), past, looks)
  const digits = JSON.stringify(evidence.judge, (_, x: unknown) => (typeof x === 'number' ? Number(x.toPrecision(9)) : x))
  expect([evidence.version, createHash('sha256').update(digits).digest('hex').slice(0, 12)]).toEqual([3, '7bcafca0f48c'])
})

test('the chance of a false alarm is shared, also with a rule that cannot be judged', () => {
  const a = analysis(rule({ alpha: 0.01 }), rule({ name: 'slower', metric: 'latency' }), rule({ name: 'tolerant', tolerance: 0.1 }))
  expect([...alphas(a)]).toEqual([['errors', 0.01], ['slower', 0.02], ['tolerant', 0.02]])
  expect([...alphas({ ...a, alpha: 0.03 })].map(([, alpha]) => alpha)).toEqual([0.01, 0.01, 0.01].map((x) => expect.closeTo(x, 10) as unknown))
})

test('a worker that was away for a day counts what came meanwhile, and the feed is not blamed', () => {
  const minutes = [0, 1, 2, 3].map((minute) => look(minute, arm(60, 0), arm(540, 0)))
  const day: Look = { fromMs: 240_000, toMs: 90_000_000, share: 0.1, candidate: arm(6000, 300), stable: arm(54_000, 0) }
  expect(gathered(analysis(rule()), past, [...minutes, day]).verdicts).toMatchObject([{ verdict: 'fail', counts: { candidate: { requests: 6240 } } }])
})
