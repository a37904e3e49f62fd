import { describe, expect, test } from 'vitest'
import { judge } from '#lib/analysis/judge.ts'
import { brokenLatencies, brokenLooks, firstIsGood, good, type GoodLook, nothing, setup, watch } from '#lib/analysis/testing/bad-feeds.ts'

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
