import { describe, expect, test } from 'vitest'
import { judge, type JudgeSetup, type JudgeState, type Judgement } from '#lib/analysis/judge.ts'
import type { Look } from '#lib/analysis/model.ts'
import { SetupError } from '#lib/analysis/rule.ts'
import { binomial, random } from '#lib/analysis/testing/random.ts'

const edgesMs = [50, 100, 200, 400, 800]
const law = [0.15, 0.35, 0.3, 0.15, 0.04, 0.01]
const history = { edgesMs, stableCounts: law.map((p) => Math.round(p * 10_000)) }
const errors = { name: 'errors', compare: { metric: 'error_rate' } } as const
const latency = { name: 'latency', compare: { metric: 'latency' } } as const
const setup: JudgeSetup = { share: 0.1, alpha: 0.05, rules: [errors] }

type Arm = { rate: number; law?: readonly number[] }

/** Requests one by one: arm by the share, error and bucket by the arm. */
function looks(seed: number, count: number, candidate: Arm, stable: Arm, { share = 0.1, from = 0, perLook = 100 } = {}): Look[] {
  const next = random(seed)
  const arm = (requests: number, { rate, law: own = law }: Arm) => {
    const buckets = own.map(() => 0)
    for (let i = 0; i < requests; i++) {
      let left = next()
      const j = own.findIndex((p) => (left -= p) < 0)
      buckets[j < 0 ? own.length - 1 : j] = (buckets[j < 0 ? own.length - 1 : j] ?? 0) + 1
    }
    return { requests, errors: binomial(next, requests, rate), latency: buckets }
  }
  return Array.from({ length: count }, (_, i) => {
    const sent = binomial(next, perLook, share)
    return { t: from + i + 1, candidate: arm(sent, candidate), stable: arm(perLook - sent, stable) }
  })
}

/** All looks through one judge. */
function watch(of: JudgeSetup, all: readonly unknown[], from?: JudgeState): Judgement[] {
  const by = judge(of)
  let state = from ?? by.start
  return all.map((look) => {
    const said = by.look(state, look)
    state = said.state
    return said
  })
}
const verdicts = (said: readonly Judgement[]) => said.map((s) => s.verdict)
const last = (said: readonly Judgement[]): Judgement => {
  const end = said.at(-1)
  if (!end) throw new Error('no looks')
  return end
}

describe('one rule on errors', () => {
  test('a candidate that fails five times as often fails, says why, and stays failed', () => {
    const said = watch(setup, [...looks(1, 60, { rate: 0.05 }, { rate: 0.01 }), ...looks(2, 200, { rate: 0 }, { rate: 0.01 }, { from: 60 })])
    const first = verdicts(said).indexOf('fail')
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(60)
    expect(new Set(verdicts(said).slice(first))).toEqual(new Set(['fail']))
    expect(said[first]?.verdicts[0]?.evidence).toBeGreaterThanOrEqual(1)
    expect(last(said).verdicts[0]?.reason).toMatch(/^The candidate is worse than stable: [\d,]+ of [\d,]+ \([\d.]+%\) failed on the candidate/)
  })

  test('an equal candidate is not failed, and passes once "twice as bad" is ruled out', () => {
    const said = watch(setup, looks(3, 300, { rate: 0.02 }, { rate: 0.02 }))
    expect(verdicts(said)).not.toContain('fail')
    expect(verdicts(said)[0]).toBe('inconclusive')
    expect(last(said).verdict).toBe('pass')
    expect(last(said).forecast).toEqual({ requests: 0, atLeast: false })
  })

  test('of candidates that are better none fails, of equal ones few', () => {
    const failed = (rate: number) => Array.from({ length: 60 }, (_, i) => last(watch(setup, looks(100 + i, 100, { rate }, { rate: 0.02 }))).verdict).filter((v) => v === 'fail').length
    expect(failed(0.005)).toBe(0)
    expect(failed(0.02)).toBeLessThanOrEqual(6)
  })

  test('no errors on either arm prove nothing', () => {
    const said = watch(setup, looks(4, 200, { rate: 0 }, { rate: 0 }))
    expect(new Set(verdicts(said))).toEqual(new Set(['inconclusive']))
    expect(last(said).forecast?.atLeast).toBe(true)
  })

  test('the state survives JSON at any look, and asking twice changes nothing', () => {
    const all = looks(5, 80, { rate: 0.03 }, { rate: 0.01 })
    const whole = watch(setup, all)
    let state = judge(setup).start
    all.forEach((look, i) => {
      const said = judge(setup).look(JSON.parse(JSON.stringify(state)), look)
      expect(said.verdicts).toEqual(whole[i]?.verdicts)
      state = said.state
    })
  })

  test('the forecast falls as evidence of a fault comes in', () => {
    const said = watch(setup, looks(6, 40, { rate: 0.04 }, { rate: 0.01 }))
    const fail = verdicts(said).indexOf('fail')
    const [early, late] = [said[3]?.forecast?.requests ?? 0, said[fail - 1]?.forecast?.requests ?? 0]
    expect(late).toBeLessThan(early)
  })
})

describe('errors that come together', () => {
  /** A look each second, a failing operation being tried three times on the same arm. */
  const tripled = (seed: number, count: number) =>
    looks(seed, count, { rate: 0 }, { rate: 0 }).map((look, i) => {
      const next = random(seed * 1000 + i)
      const arm = (own: Look['candidate']) => ({ requests: own.requests + 2, errors: Math.min(3 * binomial(next, own.requests, 0.01), own.requests), latency: [] })
      return { t: look.t, candidate: { ...arm(look.candidate), requests: look.candidate.requests }, stable: { ...arm(look.stable), requests: look.stable.requests } }
    })
  const next = random(77)
  const past = { requests: Array.from({ length: 2000 }, () => 100), errors: Array.from({ length: 2000 }, () => 3 * binomial(next, 100, 0.01)) }
  const failures = (of: JudgeSetup) => Array.from({ length: 40 }, (_, i) => last(watch(of, tripled(200 + i, 120))).verdict).filter((v) => v === 'fail').length

  test('a judge that knows the past is not fooled; one that does not is', () => {
    expect(failures({ ...setup, past })).toBeLessThanOrEqual(2)
    expect(failures(setup)).toBeGreaterThan(4)
  })

  test('what is learned on the way stays in the state', () => {
    const said = last(watch(setup, tripled(3, 120)))
    expect(said.state.rules[0]).toMatchObject({ varianceRatio: 4 })
  })
})

describe('a rule on latency', () => {
  const slow = [0.05, 0.2, 0.3, 0.25, 0.14, 0.06]
  const of = { ...setup, rules: [latency], history }

  test('a slower candidate fails and stays failed, a faster one never does', () => {
    const fast = [0.4, 0.3, 0.2, 0.1, 0, 0]
    const slower = watch(of, [...looks(7, 60, { rate: 0, law: slow }, { rate: 0 }), ...looks(20, 300, { rate: 0, law: fast }, { rate: 0 }, { from: 60 })])
    const first = verdicts(slower).indexOf('fail')
    expect(first).toBeLessThan(60)
    expect(new Set(verdicts(slower).slice(first))).toEqual(new Set(['fail']))
    const faster = watch(of, looks(8, 100, { rate: 0, law: fast }, { rate: 0 }))
    expect(verdicts(faster)).not.toContain('fail')
    expect(last(faster).verdict).toBe('pass')
  })

  test('it passes once slow requests are known not to be twice as frequent', () => {
    const said = watch(of, looks(9, 100, { rate: 0 }, { rate: 0 }))
    expect(last(said).verdict).toBe('pass')
    expect(last(said).verdicts[0]?.reason).toContain('slower than 400 ms')
  })

  test('without a history there is nothing to measure it by, and a tolerance is refused', () => {
    expect(() => judge({ ...setup, rules: [latency] })).toThrow(SetupError)
    expect(() => judge({ ...of, rules: [{ name: 'l', compare: { metric: 'latency', tolerance: 0.1 } }] })).toThrow(/^rules\[0\]\.compare\.tolerance/)
  })

  test('edges may end with that of the open bucket', () => {
    const all = looks(10, 20, { rate: 0 }, { rate: 0 })
    expect(last(watch({ ...of, history: { ...history, edgesMs: [...edgesMs, 1600] } }, all)).verdicts).toEqual(last(watch(of, all)).verdicts)
    expect(() => judge({ ...of, history: { ...history, edgesMs: [50, 100] } })).toThrow(/^history\.edgesMs/)
    expect(() => judge({ ...of, history: { ...history, edgesMs: [50, 100, 200, 400, 300] } })).toThrow(/edges are above 0 and rise/)
  })
})

describe('several rules', () => {
  test('the worst verdict counts, and alpha is shared', () => {
    const of = { ...setup, rules: [errors, latency], history }
    const said = last(watch(of, looks(11, 60, { rate: 0.1 }, { rate: 0.01 })))
    expect(said.verdict).toBe('fail')
    expect(said.verdicts.map((v) => v.name)).toEqual(['errors', 'latency'])
    // Half of alpha each: 40 to 1 instead of 20 to 1.
    const [alone, shared] = [setup, of].map((s) => watch(s, looks(12, 3, { rate: 0.05 }, { rate: 0.01 })))
    const ratio = (alone?.at(-1)?.verdicts[0]?.evidence ?? 0) / (shared?.at(-1)?.verdicts[0]?.evidence ?? 1)
    expect(ratio).toBeCloseTo(Math.log(40) / Math.log(20), 9)
    expect(() => judge({ ...setup, rules: [{ ...errors, alpha: 0.04 }, { ...errors, name: 'b', compare: { metric: 'error_rate', alpha: 0.02 } }] })).toThrow(/^alpha: /)
  })

  test('a threshold waits for its requests, then fails and stays; its reason carries an honest interval', () => {
    const rule = { name: 'spike', threshold: { metric: 'error_rate', max: 0.01, minRequests: 50 } } as const
    const said = watch({ ...setup, rules: [rule] }, looks(13, 40, { rate: 0.1 }, { rate: 0.01 }))
    expect(said[0]?.verdicts[0]).toMatchObject({ verdict: 'inconclusive', evidence: null })
    expect(said[0]?.verdicts[0]?.reason).toContain('Not enough requests')
    expect(last(said).verdicts[0]).toMatchObject({ verdict: 'fail' })
    expect(last(said).verdicts[0]?.reason).toMatch(/[\d.]+% \([\d.]+% to [\d.]+%\) of \d+ requests failed, at most 1% allowed/)
    expect(said[0]?.forecast?.requests).toBeGreaterThan(0)
  })

  test('a threshold over a window forgets what is older', () => {
    const rule = { name: 'slow', threshold: { metric: 'latency_p95', max: 600, minRequests: 100, overSeconds: 30 } } as const
    const said = watch({ ...setup, rules: [rule], history }, looks(14, 100, { rate: 0 }, { rate: 0 }))
    expect(last(said).verdict).toBe('pass')
    expect(last(said).verdicts[0]?.counts.candidate.requests).toBeLessThan(400)
  })
})

describe('before any rule', () => {
  test('requests off the configured split give no verdict, however bad the errors look', () => {
    const said = watch(setup, looks(15, 400, { rate: 0.02 }, { rate: 0.02 }, { share: 0.13 }))
    const named = verdicts(said).indexOf('error')
    expect(named).toBeGreaterThan(0)
    expect(said[named]?.cause).toBe('traffic split')
    expect(new Set(said.slice(named + 20).map((s) => s.cause))).toEqual(new Set(['traffic split']))
    expect(verdicts(said)).not.toContain('fail')
    expect(verdicts(said).slice(named)).not.toContain('pass')
  })

  test('what comes while the split is wrong counts for nothing, even when it is right again', () => {
    const wrong = watch(setup, looks(15, 400, { rate: 0.02 }, { rate: 0.02 }, { share: 0.2 }))
    const named = wrong.findIndex((s) => s.cause === 'traffic split')
    expect(last(wrong).state.rules).toEqual(wrong[named]?.state.rules)
    expect(last(wrong).state.totals).toEqual(wrong[named]?.state.totals)
  })

  test('a client that keeps to the candidate for a look brings it no evidence', () => {
    const before = last(watch(setup, looks(21, 5, { rate: 0.01 }, { rate: 0.01 })))
    const arms = { candidate: { requests: 30, errors: 12, latency: [] }, stable: { requests: 90, errors: 1, latency: [] } }
    const after = judge(setup).look(before.state, { t: 6, ...arms })
    expect(after.verdicts[0]?.evidence).toBe(before.verdicts[0]?.evidence)
    expect(after.cause).toBeNull()
    const even = judge(setup).look(before.state, { t: 6, ...arms, candidate: { requests: 13, errors: 12, latency: [] } })
    expect(even.verdict).toBe('fail')
  })

  test('a fail from before stays when the split goes wrong', () => {
    const bad = looks(16, 60, { rate: 0.1 }, { rate: 0.01 })
    const said = watch(setup, [...bad, ...looks(17, 60, { rate: 0 }, { rate: 0 }, { share: 0.5, from: 60 })])
    expect(last(said)).toMatchObject({ cause: 'traffic split', verdict: 'fail' })
  })

  test('evidence goes on at the next share; the split is asked anew', () => {
    const before = last(watch(setup, looks(18, 6, { rate: 0.05 }, { rate: 0.01 })))
    const moved = { setup: { ...setup, share: 0.5 }, state: judge(setup).fold(JSON.parse(JSON.stringify(before.state))) }
    const after = judge(moved.setup).look(moved.state, { t: 7, candidate: { requests: 0, errors: 0, latency: [] }, stable: { requests: 1, errors: 0, latency: [] } })
    expect(after.verdicts[0]?.evidence).toBeCloseTo(before.verdicts[0]?.evidence ?? Number.NaN, 9)
    const said = watch(moved.setup, looks(19, 30, { rate: 0.05 }, { rate: 0.01 }, { share: 0.5, from: 6 }), moved.state)
    expect(last(said)).toMatchObject({ verdict: 'fail', cause: null })
  })

  test('that it is as good has to be shown again where traffic moved', () => {
    const before = last(watch(setup, looks(20, 2000, { rate: 0.01 }, { rate: 0.01 })))
    expect(before.verdicts[0]?.verdict).toBe('pass')
    const moved = { ...setup, share: 0.5 }
    const state = judge(setup).fold(before.state)
    expect(judge(moved).said(state)[0]?.verdict).toBe('inconclusive')
    const said = watch(moved, looks(21, 200, { rate: 0.03 }, { rate: 0.01 }, { share: 0.5, from: 2000 }), state)
    expect(new Set(verdicts(said))).toEqual(new Set(['inconclusive', 'fail']))
  })

  test('a split that went wrong is said without a look as well', () => {
    const wrong = last(watch(setup, looks(23, 40, { rate: 0.01 }, { rate: 0.01 }, { share: 0.5 })))
    expect(wrong.cause).toBe('traffic split')
    expect(judge(setup).said(wrong.state)).toMatchObject([{ verdict: 'error', cause: 'traffic split' }])
  })

  test.each([0, 1, -0.1, Number.NaN])('a share of %d is no share', (share) => {
    expect(() => judge({ ...setup, share })).toThrow(/^share: a number between 0 and 1/)
  })

  test('a state of another setup is not taken', () => {
    const state = judge({ ...setup, rules: [latency], history }).start
    expect(() => judge(setup).look(state, looks(1, 1, { rate: 0 }, { rate: 0 })[0])).toThrow(/of another setup/)
  })
})
