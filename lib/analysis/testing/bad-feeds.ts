import type { Cause } from '#lib/analysis/feed.ts'
import { judge, type JudgeSetup, type Judgement } from '#lib/analysis/judge.ts'
import { binomial, random } from '#lib/analysis/testing/random.ts'

const law = [0.15, 0.35, 0.3, 0.15, 0.04, 0.01]
/** Rules that each say "fail" at the first good look, if they believe it. */
export const setup: JudgeSetup = {
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
export type GoodLook = { t: number; candidate: Counts; stable: Counts }

/** A look of which every rule would say "fail" at once, if it believed it; or a healthy one. */
export function good(t: number, { rate = 0.5, share = 0.1, perLook = 1000 } = {}): GoodLook {
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
export const nothing = { requests: 0, errors: 0, latency: [0, 0, 0, 0, 0, 0] }

/** Each feed: what every look of it is made into, and the cause that each must be given. */
export const brokenLooks: readonly [string, Cause, (look: GoodLook) => unknown][] = [
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
export const firstIsGood = new Set<Cause>(['duplicate look', 'out of order', 'clock skew'])

/** Errors are judged as usual then; the rules on latency have nothing to go by. */
export const brokenLatencies: readonly [string, Cause, (look: GoodLook) => unknown][] = [
  ['no latency at all', 'latency missing', bothLatencies(() => [])],
  ['milliseconds that are microseconds: all in the slowest bucket', 'latency unit', bothLatencies((n) => [0, 0, 0, 0, 0, n])],
  ['seconds read as milliseconds: nearly all in the fastest bucket', 'latency unit', bothLatencies((n) => [n - 1, 1, 0, 0, 0, 0])],
  ['the candidate alone in another unit', 'latency unit', (look) => candidate({ latency: [0, 0, 0, 0, 0, look.candidate.requests] })(look)],
]

/** Every look with what was said of it. */
export const watch = (of: JudgeSetup, looks: readonly unknown[]): Judgement[] => {
  const by = judge(of)
  let state = by.start
  return looks.map((look) => {
    const said = by.look(state, look)
    // The state is stored as JSON between looks, so nothing in it may depend on more than JSON keeps.
    state = JSON.parse(JSON.stringify(said.state))
    return said
  })
}
