import { expect, test } from 'vitest'
import { z } from 'zod'
import { callRoute as call, type TestPerson, testPerson } from '#lib/access/testing/people.ts'
import { route } from '#lib/http/server.ts'
import { moveClock } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { endpoint } from '#lib/platform/endpoint.ts'
import { AppError } from '#lib/platform/errors.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const dev = await testPerson('dora', ['developer'])
const other = await testPerson('olga', ['developer'])

const add = endpoint({ id: 'test.add', method: 'POST', path: '/test', verb: 'propose', status: 201, summary: 'Add.', input: z.object({ n: z.number() }), output: z.object({ made: z.number() }) })
let runs = 0
let outcome: () => Promise<void> = async () => undefined
const post = route(add, async () => {
  runs += 1
  const made = runs
  await outcome()
  return { made }
})
const send = (key: string, n = 1, as: TestPerson = dev) => call(post, 'POST', { as, body: { n }, headers: { 'idempotency-key': key } })
const hourMs = 3_600_000

test('the same key and body runs once and gives the first answer again', async () => {
  const [first, again] = [await send('once'), await send('once')]
  expect(again.body).toEqual(first.body)
  expect(again.status).toBe(201)
  expect(again.headers.get('idempotent-replayed')).toBe('true')
})

test('another body under the same key is refused', async () => {
  await send('body')
  expect(await send('body', 2)).toMatchObject({ status: 422, body: { code: 'idempotency_mismatch' } })
})

test('keys are each caller’s own', async () => {
  const [mine, hers] = [await send('own'), await send('own', 1, other)]
  expect(hers.body).not.toEqual(mine.body)
})

test('a key is kept for 24 hours', async () => {
  const first = await send('day')
  await moveClock(23 * hourMs)
  expect((await send('day')).body).toEqual(first.body)
  await moveClock(2 * hourMs)
  expect((await send('day')).body).not.toEqual(first.body)
})

test('a refusal is kept, a failure is not', async () => {
  const [ada] = [await testPerson('ada', ['developer'])]
  outcome = () => Promise.reject(new AppError('refused', 'no'))
  expect((await send('refused', 1, ada)).status).toBe(409)
  outcome = () => Promise.reject(new Error('bug'))
  expect((await send('failed', 1, ada)).status).toBe(500)
  outcome = async () => undefined
  expect((await send('refused', 1, ada)).status).toBe(409)
  expect((await send('failed', 1, ada)).status).toBe(201)
})

test('the second of two at once waits for the first and gives its answer', async () => {
  const ada = await testPerson('ada', ['developer'])
  let open = (): void => undefined
  let entered = (): void => undefined
  const inside = new Promise<void>((done) => (entered = done))
  outcome = () => new Promise<void>((done) => ((open = done), entered()))
  const before = runs
  const first = send('race', 1, ada)
  await inside
  const second = send('race', 1, ada)
  open()
  const answers = await Promise.all([first, second])
  outcome = async () => undefined
  expect(answers[1]?.body).toEqual(answers[0]?.body)
  expect(runs).toBe(before + 1)
})

test('a key whose process died is free again after a minute', async () => {
  const ada = await testPerson('ada', ['developer'])
  await send('died', 1, ada)
  await db.$executeRaw`update idempotency_key set status = null, response = null where key = 'died'`
  const before = runs
  await moveClock(61_000)
  expect((await send('died', 1, ada)).status).toBe(201)
  expect(runs).toBe(before + 1)
})

test.each([['empty', ''], ['too long', 'x'.repeat(201)], ['with a space', 'a b']])('a key that is %s is refused', async (_, key) => {
  const ada = await testPerson('ada', ['developer'])
  expect(await send(key, 1, ada)).toMatchObject({ status: 400, body: { field: 'Idempotency-Key' } })
})

test('who may not do it claims no key', async () => {
  const viewer = await testPerson('vic', ['viewer'])
  expect((await send('denied', 1, viewer)).status).toBe(403)
  expect(await db.idempotencyKey.count({ where: { key: 'denied' } })).toBe(0)
})
