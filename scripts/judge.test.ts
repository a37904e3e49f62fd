import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { binomial, random } from '#lib/analysis/testing/random.ts'
import { readSetup } from '#scripts/judge-setup.ts'

const script = path.join(import.meta.dirname, 'judge.ts')
const args = ['--conditions=react-server', script]
const setup = { share: 0.1, alpha: 0.05, rules: [{ name: 'errors', compare: { metric: 'error_rate' } }] }

function lines(seed: number, count: number, rates: { candidate: number; stable: number }): string[] {
  const next = random(seed)
  const arm = (requests: number, rate: number) => ({ requests, errors: binomial(next, requests, rate), latency: [] })
  return Array.from({ length: count }, (_, i) => JSON.stringify({ t: i + 1, candidate: arm(10, rates.candidate), stable: arm(90, rates.stable) }))
}

const judged = (input: string) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { input, encoding: 'utf8' })
  return { status, stderr, answers: stdout.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line)) }
}

describe('npm run judge', () => {
  test('one line per look, in the order and shape that is documented', () => {
    const { status, stderr, answers } = judged([JSON.stringify(setup), ...lines(1, 60, { candidate: 0.1, stable: 0.01 })].join('\n'))
    expect(stderr).toBe('')
    expect(answers).toHaveLength(60)
    expect(answers.map((a) => a.t)).toEqual(answers.map((_, i) => i + 1))
    expect(Object.keys(answers[0])).toEqual(['t', 'verdict', 'rules', 'forecast'])
    expect(answers[0].rules).toEqual([{ name: 'errors', verdict: 'inconclusive', evidence: expect.any(Number), reason: expect.any(String) }])
    expect(answers[0].forecast).toEqual({ requests: expect.any(Number) })
    expect(answers[59]).toMatchObject({ verdict: 'fail', forecast: { requests: 0 } })
    expect(answers[59].rules[0].evidence).toBeGreaterThanOrEqual(1)
    expect(status).toBe(1)
  })

  test('an equal candidate ends with 0', () => {
    const { status, answers } = judged([JSON.stringify(setup), ...lines(2, 300, { candidate: 0.02, stable: 0.02 })].join('\n'))
    expect(answers.at(-1)).toMatchObject({ verdict: 'pass' })
    expect(status).toBe(0)
  })

  test('a broken line is answered with its cause, and the looks go on', () => {
    const [first = '', second = '', third = ''] = lines(3, 3, { candidate: 0, stable: 0.01 })
    const { status, answers } = judged([JSON.stringify(setup), first, '{"t":1.5,', '', second, '{"t":2.5,"candidate":{"requests":-1,"errors":0,"latency":[]},"stable":{"requests":90,"errors":0,"latency":[]}}', third].join('\n'))
    expect(answers.map((a) => [a.t, a.verdict, a.cause])).toEqual([
      [1, 'inconclusive', undefined],
      [null, 'error', 'not JSON'],
      [2, 'inconclusive', undefined],
      [2.5, 'error', 'counter reset'],
      [3, 'inconclusive', undefined],
    ])
    expect(answers[3].rules[0]).toMatchObject({ verdict: 'error', reason: expect.stringContaining('counter reset: ') })
    expect(status).toBe(0)
  })

  test('what only a rule on latency cannot use is named as well', () => {
    const input = { ...setup, rules: [{ name: 'latency', compare: { metric: 'latency' } }], history: { edgesMs: [100, 200], stableCounts: [500, 400, 100] } }
    const inSeconds = (n: number) => ({ requests: n, errors: 0, latency: [0, 0, n] })
    expect(judged([JSON.stringify(input), JSON.stringify({ t: 1, candidate: inSeconds(100), stable: inSeconds(900) })].join('\n')).answers).toMatchObject([{ verdict: 'error', cause: 'latency unit' }])
  })

  test('the example of its page is what it prints', () => {
    const page = readFileSync(path.join(import.meta.dirname, '../docs/judge.md'), 'utf8')
    const [, input = '', output] = /<<'END'\n(.*?)END\n(.*?)```/s.exec(page) ?? []
    expect(judged(input).answers).toEqual(output?.trim().split('\n').map((line) => JSON.parse(line)))
  })

  test('a broken setup is one line that names the field and what is allowed, and 2', () => {
    const { status, stderr, answers } = judged(`${JSON.stringify({ ...setup, share: 3 })}\n${lines(1, 1, { candidate: 0, stable: 0 }).join('\n')}`)
    expect({ status, stderr, answers }).toEqual({ status: 2, stderr: 'judge: share: a number between 0 and 1\n', answers: [] })
    expect(judged('')).toMatchObject({ status: 2, stderr: expect.stringContaining('the first line of stdin is the setup') })
  })

  test('it answers while stdin stays open, and ends quietly when nobody reads any more', async () => {
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    const [first = '', ...rest] = lines(4, 2000, { candidate: 0, stable: 0.01 })
    child.stdin.write(`${JSON.stringify(setup)}\n${first}\n`)
    const answer = await new Promise<string>((done) => child.stdout.once('data', (chunk) => done(String(chunk))))
    expect(JSON.parse(answer)).toMatchObject({ t: 1 })
    let said = ''
    child.stderr.on('data', (chunk) => (said += String(chunk)))
    child.stdin.on('error', () => undefined)
    child.stdout.destroy()
    child.stdin.end(rest.join('\n'))
    await new Promise((done) => child.once('close', done))
    expect(said).toBe('')
  })
})

describe('the setup line', () => {
  const withRule = (rule: object) => ({ ...setup, rules: [rule] })

  test.each([
    ['share: a number between 0 and 1', { ...setup, share: '10%' }],
    ['alpha: a number between 0 and 1', { ...setup, alpha: 1 }],
    ['rules: at least one rule', { ...setup, rules: [] }],
    ['rules: names are unique', { ...setup, rules: [...setup.rules, ...setup.rules] }],
    ['rules[0]: either compare or threshold', withRule({ name: 'a' })],
    ['rules[0].compare.metric: one of error_rate, latency', withRule({ name: 'a', compare: { metric: 'errors' } })],
    ['rules[0].compare.notWorseThan: a number above 1', withRule({ name: 'a', compare: { metric: 'error_rate', notWorseThan: 0.5 } })],
    ['rules[0].threshold.max: a fraction such as 0.01, or "1%"', withRule({ name: 'a', threshold: { metric: 'error_rate', max: '500ms', minRequests: 5 } })],
    ['rules[0].threshold.over: seconds above 0, or a duration such as "5m"', withRule({ name: 'a', threshold: { metric: 'error_rate', max: '1%', minRequests: 5, over: '5 min' } })],
    ['rules[0].compare.beat: no such field; there are metric, alpha, tolerance, notWorseThan, beta', withRule({ name: 'a', compare: { metric: 'latency', beat: 1 } })],
    ['history.stableCounts[1]: a whole number from 0', { ...setup, history: { edgesMs: [5], stableCounts: [1, 0.5] } }],
    ['past: as many errors as requests', { ...setup, past: { requests: [1, 2], errors: [0] } }],
  ])('%s', (message, line) => {
    expect(() => readSetup(JSON.stringify(line))).toThrow(message)
  })

  test('rules as a blueprint writes them', () => {
    const read = readSetup(
      JSON.stringify({
        ...setup,
        rules: [
          { name: 'spike', threshold: { metric: 'error_rate', max: '1%', over: '5m', minRequests: 50 }, mode: 'rollback' },
          { name: 'slow', threshold: { metric: 'latency_p95', max: '500ms', minRequests: 50 } },
          { name: 'worse', compare: { metric: 'error_rate', alpha: 0.01, tolerance: 0, notWorseThan: 2, beta: 0.05 }, mode: 'ask' },
        ],
        history: { edgesMs: [10, 20, null], stableCounts: [5, 6, 7] },
      }),
    )
    expect(read.rules).toEqual([
      { name: 'spike', mode: 'rollback', threshold: { metric: 'error_rate', max: 0.01, minRequests: 50, overSeconds: 300 } },
      { name: 'slow', threshold: { metric: 'latency_p95', max: 500, minRequests: 50, overSeconds: undefined } },
      { name: 'worse', mode: 'ask', compare: { metric: 'error_rate', alpha: 0.01, tolerance: 0, notWorseThan: 2, beta: 0.05 } },
    ])
    expect(read.history?.edgesMs).toEqual([10, 20, Infinity])
  })
})
