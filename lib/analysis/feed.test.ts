import { describe, expect, test } from 'vitest'
import type { Cause } from '#lib/analysis/feed.ts'
import { judge, type JudgeSetup, type Judgement } from '#lib/analysis/judge.ts'
import { binomial, random } from '#lib/analysis/testing/random.ts'

const law = [0.15, 0.35, 0.3, 0.15, 0.04, 0.01]
const setup: JudgeSetup = {
  share: 0.1,
  alpha: 0.05,
  rules: [
    { name: 'errors', compare: { metric: 'error_rate' } },
    { name: 'latency', compare: { metric: 'latency' } },
    { name: 'spike', threshold: { metric: 'error_rate', max: 0.001, minRequests: 30 } },
    { name: 'slow', threshold: { metric: 'latency_p95', max: 10, minRequests: 30 } },
  ],
  history: { edgesMs: [50, 100, 200, 400, 800], stableCounts: law.map((p) => p * 10_000) },
}

type Counts = { requests: number; errors: number; latency: number[] }
type GoodLook = { t: number; candidate: Counts; stable: Counts }

/** A look of which every rule would say "fail" at once, if it believed it; or a healthy one. */
function good(t: number, { rate = 0.5, share = 0.1, perLook = 1000 } = {}): GoodLook {
  const next = random(t + 1)
  const arm = (requests: number, own: number): Counts => {
    const rest = law.slice(0, -1).map((p) => Math.floor(p * requests))
    return { requests, errors: binomial(next, requests, own), latency: [...rest, requests - rest.reduce((a, b) => a + b, 0)] }
  }
  const sent = Math.round(share * perLook)
  return { t, candidate: arm(sent, rate), stable: arm(perLook - sent, 0.001) }
}

const candidate = (change: object) => (look: GoodLook) => ({ ...look, candidate: { ...look.candidate, ...change } })
const stable = (change: object) => (look: GoodLook) => ({ ...look, stable: { ...look.stable, ...change } })
const bothLatencies = (latency: (n: number) => number[]) => (look: GoodLook) => ({
  ...look,
  candidate: { ...look.candidate, latency: latency(look.candidate.requests) },
  stable: { ...look.stable, latency: latency(look.stable.requests) },
})
const nothing = { requests: 0, errors: 0, latency: [0, 0, 0, 0, 0, 0] }

/** Each feed: what every look of it is made into, and the cause that each must be given. */
const brokenLooks: readonly [string, Cause, (look: GoodLook) => unknown][] = [
  ['nothing but null', 'not a look', () => null],
  ['a number', 'not a look', () => 12],
  ['a list', 'not a look', () => []],
  ['no time', 'not a look', ({ candidate: c, stable: s }) => ({ candidate: c, stable: s })],
  ['no candidate', 'not a look', ({ t, stable: s }) => ({ t, stable: s })],
  ['no stable', 'not a look', ({ t, candidate: c }) => ({ t, candidate: c })],
  ['an arm without errors', 'not a look', (look) => ({ ...look, stable: { requests: 900, latency: [] } })],
  ['an arm without latency', 'not a look', (look) => ({ ...look, candidate: { requests: 100, errors: 50 } })],
  ['a time that is text', 'not a number', (look) => ({ ...look, t: '2026-11-20T12:00:00Z' })],
  ['a time that is no number', 'not a number', (look) => ({ ...look, t: Number.NaN })],
  ['NaN requests', 'not a number', candidate({ requests: Number.NaN })],
  ['null errors, as JSON writes NaN', 'not a number', candidate({ errors: null })],
  ['infinite errors', 'not a number', candidate({ errors: Infinity })],
  ['counts as text', 'not a number', candidate({ requests: '100' })],
  ['a bucket that is NaN', 'not a number', candidate({ latency: [0, 0, Number.NaN, 0, 0, 0] })],
  ['half a request', 'not a whole number', stable({ requests: 900.5 })],
  ['a rate in place of a count', 'not a whole number', candidate({ errors: 0.5 })],
  ['buckets in fractions', 'not a whole number', stable({ latency: law.map((p) => p * 899.7) })],
  ['a count beyond what is exact', 'not a whole number', stable({ requests: 1e300 })],
  ['negative errors', 'counter reset', candidate({ errors: -3 })],
  ['a counter that was reset', 'counter reset', candidate({ requests: -10_000, errors: -120 })],
  ['a bucket that went back', 'counter reset', stable({ latency: [100, 400, 300, 100, -5, 5] })],
  ['more errors than requests', 'more errors than requests', candidate({ requests: 100, errors: 130 })],
  ['too few buckets', 'latency buckets', candidate({ latency: [50, 50] })],
  ['too many buckets', 'latency buckets', stable({ latency: [100, 300, 300, 100, 50, 50, 0, 0] })],
  ['latencies of other requests', 'latency sum', candidate({ latency: [500, 900, 700, 300, 80, 20] })],
  ['latencies of a tenth of the requests', 'latency sum', stable({ latency: [13, 31, 27, 13, 4, 2] })],
  ['all zero', 'no requests', (look) => ({ t: look.t, candidate: nothing, stable: nothing })],
  ['only stable has requests', 'candidate silent', candidate(nothing)],
  ['only the candidate has requests', 'stable silent', stable(nothing)],
  ['always the same time', 'duplicate look', (look) => ({ ...look, t: 1 })],
  ['a clock that runs backwards', 'out of order', (look) => ({ ...look, t: 1 - look.t })],
  ['every look of another day', 'clock skew', (look) => ({ ...look, t: look.t * 100_000 })],
  ['the arms exchanged', 'traffic split', (look) => ({ t: look.t, candidate: look.stable, stable: look.candidate })],
  ['twice the share that was configured', 'traffic split', ({ t }) => good(t, { share: 0.2 })],
  ['both arms from the same series', 'traffic split', (look) => ({ ...look, candidate: look.stable })],
]
/** Where the first look is as good as any, since only the second tells. */
const firstIsGood = new Set<Cause>(['duplicate look', 'out of order', 'clock skew'])

/** Errors are judged as usual then; the rules on latency have nothing to go by. */
const brokenLatencies: readonly [string, Cause, (look: GoodLook) => unknown][] = [
  ['no latency at all', 'latency missing', bothLatencies(() => [])],
  ['milliseconds that are microseconds: all in the slowest bucket', 'latency unit', bothLatencies((n) => [0, 0, 0, 0, 0, n])],
  ['seconds read as milliseconds: nearly all in the fastest bucket', 'latency unit', bothLatencies((n) => [n - 1, 1, 0, 0, 0, 0])],
  ['the candidate alone in another unit', 'latency unit', (look) => candidate({ latency: [0, 0, 0, 0, 0, look.candidate.requests] })(look)],
]

const watch = (of: JudgeSetup, looks: readonly unknown[]): Judgement[] => {
  const by = judge(of)
  let state = by.start
  return looks.map((look) => {
    const said = by.look(state, look)
    // The state is stored as JSON between looks, so nothing in it may depend on more than JSON keeps.
    state = JSON.parse(JSON.stringify(said.state))
    return said
  })
}
const times = Array.from({ length: 8 }, (_, i) => i + 1)
const errorsOnly = { ...setup, rules: setup.rules.filter((rule) => rule.name === 'errors') }

test('the looks are not harmless: believed, they decide every rule', () => {
  expect(watch(setup, times.map((t) => good(t)))[7]?.verdicts.map((v) => v.verdict)).toEqual(['fail', 'pass', 'fail', 'fail'])
})

describe('a broken feed gives its cause, and never a pass or a fail', () => {
  test.each(brokenLooks)('%s: %s', (_, cause, broken) => {
    const said = watch(setup, times.map((t) => broken(good(t, firstIsGood.has(cause) ? { rate: 0, perLook: 100 } : {}))))
    const judged = said.slice(firstIsGood.has(cause) ? 1 : 0)
    expect(judged.map((s) => s.cause)).toEqual(judged.map(() => cause))
    for (const { verdict, verdicts } of judged) {
      expect(verdict).toBe('error')
      for (const rule of verdicts) expect(rule).toMatchObject({ verdict: 'error', cause })
      expect(verdicts[0]?.reason.startsWith(`${cause}: `)).toBe(true)
    }
  })

  test.each(brokenLatencies)('%s: %s', (_, cause, broken) => {
    const said = watch(setup, times.map((t) => broken(good(t, { rate: 0.001 }))))
    for (const { verdicts } of said) {
      for (const rule of verdicts.filter((v) => v.name === 'latency' || v.name === 'slow')) expect(rule).toMatchObject({ verdict: 'error', cause })
      expect(verdicts.find((v) => v.name === 'errors')).not.toHaveProperty('cause')
    }
  })

  test.each([
    ['no revision', 'empty revision', {}],
    ['an empty label', 'empty revision', { revision: '' }],
    ['another revision', 'wrong revision', { revision: 'web-00041' }],
  ])('%s where revisions are named: %s', (_, cause, change) => {
    const named = { ...setup, revisions: { candidate: 'web-00042', stable: 'web-00040' } }
    const label = (look: GoodLook, own: object) => ({ ...look, candidate: { ...look.candidate, ...own }, stable: { ...look.stable, revision: 'web-00040' } })
    for (const said of watch(named, times.map((t) => label(good(t), change)))) expect(said).toMatchObject({ verdict: 'error', cause })
    expect(watch(named, [label(good(1), { revision: 'web-00042' })])[0]?.cause).toBeNull()
  })

  test('a slow request in a bucket of its own is no unit: few of them decide nothing, and with others they count', () => {
    const by = judge({ ...setup, rules: setup.rules.filter((rule) => rule.name === 'latency') })
    const only = { requests: 5, errors: 0, latency: [0, 0, 0, 0, 0, 5] }
    const said = by.look(by.start, { t: 1, candidate: only, stable: good(1, { perLook: 50 }).stable })
    expect(said.verdict).toBe('inconclusive')
    const next = by.look(said.state, { t: 2, candidate: { requests: 5, errors: 0, latency: [0, 0, 1, 0, 0, 4] }, stable: good(2, { perLook: 50 }).stable })
    expect(next.verdict).toBe('fail')
  })

  test('another unit shows in small looks, too, once there are twenty requests', () => {
    const by = judge({ ...setup, rules: setup.rules.filter((rule) => rule.name === 'latency') })
    let state = by.start
    const said = times.map((t) => {
      const answer = by.look(state, { t, candidate: { requests: 1, errors: 0, latency: [0, 0, 0, 0, 0, 1] }, stable: { requests: 9, errors: 0, latency: [0, 0, 0, 0, 0, 9] } })
      state = answer.state
      return answer.verdict
    })
    expect(said).toEqual(['inconclusive', 'inconclusive', ...times.slice(2).map(() => 'error')])
  })

  test('no requests for a quarter of an hour is no verdict either, a quiet minute is', () => {
    const quiet = times.map((i) => ({ t: 10 + 300 * i, candidate: nothing, stable: nothing }))
    const said = watch(errorsOnly, [good(10, { rate: 0.001 }), ...quiet])
    expect(said.map((s) => s.cause)).toEqual([null, null, null, null, ...quiet.slice(3).map(() => 'no requests')])
  })
})

describe('afterwards', () => {
  const healthy = (t: number) => good(t, { rate: 0.001, perLook: 200 })

  test.each(brokenLooks.filter(([, cause]) => cause !== 'traffic split' && !firstIsGood.has(cause)))('after "%s" good looks are judged as if it had not been', (_, __, broken) => {
    const first = times.map((t) => good(t))
    const looks = [...times.map((t) => broken(good(t))), ...first.map((look) => ({ ...look, t: look.t + 100 }))]
    const [after, alone] = [watch(errorsOnly, looks).slice(8), watch(errorsOnly, first)]
    expect(after.map((s) => s.verdicts[0]?.evidence)).toEqual(alone.map((s) => s.verdicts[0]?.evidence))
    expect(after.at(-1)?.verdict).toBe('fail')
  })

  test('one look of another day, or one that is late, does not stop the ones after it', () => {
    const said = watch(errorsOnly, [healthy(1), healthy(2), healthy(500_000), healthy(3), healthy(4)])
    expect(said.map((s) => s.cause)).toEqual([null, null, 'clock skew', null, null])
    expect(watch(errorsOnly, [healthy(1e9), healthy(1), healthy(2)]).map((s) => s.cause)).toEqual([null, null, null])
    // A gap: the look that covers it is set aside, the next is measured from it.
    expect(watch(errorsOnly, [healthy(1), healthy(2), healthy(1000), healthy(1001)]).map((s) => s.cause)).toEqual([null, null, 'late', null])
    // No gap but a wrong clock: the right one goes on.
    expect(watch(errorsOnly, [healthy(1), healthy(2), healthy(1000), healthy(3)]).map((s) => s.cause)).toEqual([null, null, 'late', null])
    // Looks that come seldom are not late for that.
    expect(watch(errorsOnly, [healthy(0), healthy(900), healthy(1800), healthy(3500)]).map((s) => s.cause)).toEqual([null, null, null, null])
  })

  test('a duplicate counts once', () => {
    const once = watch(errorsOnly, [healthy(1), healthy(2)])
    const twice = watch(errorsOnly, [healthy(1), healthy(1), healthy(2), healthy(2)])
    expect(twice.map((s) => s.cause)).toEqual([null, 'duplicate look', null, 'duplicate look'])
    expect(twice.at(-1)?.verdicts[0]?.evidence).toBe(once.at(-1)?.verdicts[0]?.evidence)
  })

  test('a split that comes right again is judged again', () => {
    const wrong = times.map((t) => good(t, { rate: 0.001, share: 0.14, perLook: 200 }))
    const right = Array.from({ length: 400 }, (_, i) => good(i + 20, { rate: 0.001 }))
    const said = watch(errorsOnly, [...wrong, ...right])
    expect(said.slice(0, 8).map((s) => s.cause)).toContain('traffic split')
    expect(said.at(-1)?.cause).toBeNull()
  })
})
