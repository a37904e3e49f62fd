import { afterEach, expect, test, vi } from 'vitest'
import { log, logContext, redact, withLogContext } from '#lib/platform/log.ts'

const written = vi.spyOn(process.stdout, 'write').mockImplementation(() => true)
const lastLine = () => JSON.parse(String(written.mock.calls.at(-1)?.[0])) as Record<string, unknown>
afterEach(() => written.mockClear())

test('a line is one JSON object with severity, message and time', () => {
  log.info('Started', { count: 3 })
  expect(lastLine()).toMatchObject({ severity: 'INFO', message: 'Started', count: 3 })
  expect(Date.parse(String(lastLine()['time']))).not.toBeNaN()
})

test('the context is carried over awaits, nests, and ends with its work', async () => {
  await withLogContext({ request_id: 'r1', actor: 'a@example.test' }, async () => {
    await Promise.resolve()
    withLogContext({ rollout_id: 'ro1' }, () => log.info('In both'))
  })
  expect(lastLine()).toMatchObject({ request_id: 'r1', actor: 'a@example.test', rollout_id: 'ro1' })
  expect(logContext()).toEqual({})
})

test.each([
  ['by name', { password: 'p', nested: { client_secret: 's', Authorization: 'x', token: 't', cookie: 'c', DATABASE_URL: 'u' } }],
  ['a token in a text', { note: 'called with slc_abc123-DEF' }],
  ['a bearer', { note: 'Bearer abc.def' }],
  ['a password in an address', { note: 'postgresql://sluice:hunter2@db/x' }],
])('secrets are left out: %s', (_, fields) => {
  log.error('Failed', fields)
  const text = JSON.stringify(lastLine())
  expect(text).toContain('[hidden]')
  expect(text).not.toMatch(/abc123|abc\.def|hunter2|"(p|s|x|t|c|u)"/)
})

test('an error is told with its causes, without the secrets in their texts', () => {
  const error = new Error('outer', { cause: new Error('connect postgresql://u:hunter2@db/x failed') })
  log.error('Failed', { error })
  expect(JSON.stringify(lastLine())).not.toContain('hunter2')
  expect(lastLine()).toMatchObject({ error: { message: 'outer', cause: { message: expect.stringContaining('[hidden]') as string } } })
})

test('an object that contains itself ends', () => {
  const loop: Record<string, unknown> = {}
  loop['self'] = loop
  expect(JSON.stringify(redact(loop, 0))).toContain('[deeper]')
})
