import { expect, test } from 'vitest'
import { systemActor } from '#lib/access/actor.ts'
import { testPerson } from '#lib/access/testing/people.ts'
import { record } from '#lib/audit/record.ts'
import { listEvents, verifyEvents } from '#lib/audit/service.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const admin = await testPerson('ada', ['admin'])
let chains = 0

/** A chain of its own with `rows` rows, odd values among them. */
async function chainOf(rows: number): Promise<string> {
  const chain = `chain-${(chains += 1)}`
  for (let i = 0; i < rows; i++) await append(chain, i)
  return chain
}
const append = (chain: string, i: number) =>
  db.$transaction(async (tx) =>
    record(tx, {
      chain, actor: systemActor('test'), verb: 'test.row', subject: { kind: 'release', id: String(i) }, also: ['target:t1'], reason: i % 2 ? 'because\u0000' : null, atMs: await nowMs(tx),
      message: `row ${i}`, before: { z: 1, a: [{ y: undefined, x: 1e21 }, null, 'é', '\ud800'] }, after: i ? { at: new Date(0), big: 10n, n: 0.1, neg: -0 } : undefined,
    }),
  )
const verify = (chain: string) => verifyEvents(admin.actor, { application: chain })

/** What only an owner of the table can do: the trigger is switched off for one statement. */
const tamper = (sql: string) =>
  db.$transaction(async (tx) => {
    await tx.$executeRawUnsafe('alter table audit_event disable trigger user')
    await tx.$executeRawUnsafe(sql)
    await tx.$executeRawUnsafe('alter table audit_event enable always trigger audit_event_no_change')
    await tx.$executeRawUnsafe('alter table audit_event enable always trigger audit_event_no_truncate')
  })

test('a chain of rows verifies as it was written', async () => {
  const chain = await chainOf(5)
  expect(await verify(chain)).toMatchObject({ ok: true, rows: 5, chains: 1, firstBad: null })
})

test('rows that are written at once form one chain', async () => {
  const chain = await chainOf(1)
  await Promise.all(Array.from({ length: 8 }, (_, i) => append(chain, i + 1)))
  expect(await verify(chain)).toMatchObject({ ok: true, rows: 9 })
})

test('a change that is rolled back leaves no row and no gap', async () => {
  const chain = await chainOf(2)
  await expect(
    db.$transaction(async (tx) => {
      await record(tx, { chain, actor: systemActor('test'), verb: 'test.row', subject: { kind: 'release', id: 'x' }, message: 'never', atMs: 0 })
      throw new Error('rolled back')
    }),
  ).rejects.toThrow('rolled back')
  await append(chain, 2)
  expect(await verify(chain)).toMatchObject({ ok: true, rows: 3 })
})

test.each(["update audit_event set message = 'other'", 'delete from audit_event', 'truncate audit_event'])('the database refuses: %s', async (sql) => {
  await chainOf(1)
  const before = await db.auditEvent.count()
  await expect(db.$executeRawUnsafe(sql)).rejects.toThrow(/append-only/)
  expect(await db.auditEvent.count()).toBe(before)
})

test.each([
  ['an edited message', (c: string) => `update audit_event set message = 'other' where chain = '${c}' and seq = 3`, 3, /not what was written/],
  ['an edited value', (c: string) => `update audit_event set after = '{"n": 2}' where chain = '${c}' and seq = 2`, 2, /not what was written/],
  ['an added subject', (c: string) => `update audit_event set subjects = subjects || '{target:t9}' where chain = '${c}' and seq = 4`, 4, /not what was written/],
  ['a removed row', (c: string) => `delete from audit_event where chain = '${c}' and seq = 2`, 3, /row 2 is missing/],
  ['two rows exchanged', (c: string) => `update audit_event set seq = case seq when 2 then 1003 when 3 then 1002 else seq end where chain = '${c}'; update audit_event set seq = seq - 1000 where chain = '${c}' and seq > 1000`, 2, /does not follow|not what was written/],
  ['a cut tail', (c: string) => `delete from audit_event where chain = '${c}' and seq > 3`, 4, /missing at the end/],
  ['a whole chain gone', (c: string) => `delete from audit_event where chain = '${c}'`, 1, /missing at the end/],
])('%s is found and named', async (_, sql, seq, problem) => {
  const chain = await chainOf(5)
  for (const statement of sql(chain).split('; ')) await tamper(statement)
  const result = await verify(chain)
  expect(result.ok).toBe(false)
  expect(result.firstBad).toMatchObject({ chain, seq })
  expect(result.firstBad?.problem).toMatch(problem)
})

test('one bad chain does not hide the others: all rows are walked', async () => {
  const [bad, good] = [await chainOf(3), await chainOf(4)]
  await tamper(`update audit_event set verb = 'x' where chain = '${bad}' and seq = 2`)
  const all = await verifyEvents(admin.actor, {})
  expect(all.ok).toBe(false)
  expect((await verify(good)).ok).toBe(true)
})

const page = { limit: 3 }

test('the log is read newest first, page by page, without a row twice or left out', async () => {
  const chain = await chainOf(7)
  const seen: number[] = []
  let cursor: string | undefined
  do {
    const list = await listEvents(admin.actor, { ...page, application: chain, ...(cursor && { cursor }) })
    seen.push(...list.items.map((e) => e.seq))
    cursor = list.nextCursor ?? undefined
  } while (cursor)
  expect(seen).toEqual([7, 6, 5, 4, 3, 2, 1])
})

test('filters by subject, verb and actor', async () => {
  const chain = await chainOf(4)
  const only = async (filter: object) => (await listEvents(admin.actor, { limit: 50, application: chain, ...filter })).items.length
  expect(await only({ subject: 'target:t1' })).toBe(4)
  expect(await only({ subject: 'release:2' })).toBe(1)
  expect(await only({ subject: `application:${chain}` })).toBe(4)
  expect(await only({ verb: 'test.' })).toBe(4)
  expect(await only({ verb: 'test' })).toBe(0)
  expect(await only({ actor: 'TES' })).toBe(4)
  await expect(listEvents(admin.actor, { ...page, subject: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_input', field: 'subject' })
  await expect(listEvents(admin.actor, { ...page, cursor: 'nonsense' })).rejects.toMatchObject({ code: 'invalid_input', field: 'cursor' })
})

test('who views one application sees its chain only, and cannot ask whether another verifies', async () => {
  const mine = await db.application.create({ data: { slug: `app${chains}`, title: 'A', owner: 'o', yaml: '', blueprint: {}, blueprintHash: '' } })
  await append(mine.slug, 0)
  const other = await chainOf(2)
  const viewer = await testPerson('vic', ['viewer'], { applicationId: mine.id })
  expect((await listEvents(viewer.actor, { limit: 50 })).items.map((e) => e.chain)).toEqual([mine.slug])
  expect((await listEvents(viewer.actor, { limit: 50, application: other })).items).toEqual([])
  await expect(verifyEvents(viewer.actor, { application: other })).rejects.toMatchObject({ code: 'not_found' })
  expect(await verifyEvents(viewer.actor, {})).toMatchObject({ ok: true, chains: 1, rows: 1 })
  await expect(listEvents((await testPerson('nix')).actor, page)).rejects.toMatchObject({ code: 'forbidden' })
})

test('what a token did is on its own timeline', async () => {
  const actor = admin.actor
  await db.$transaction(async (tx) => record(tx, { chain: '-', actor, verb: 'test.row', subject: { kind: 'release', id: 'r' }, message: 'm', atMs: await nowMs(tx) }))
  const own = await listEvents(actor, { limit: 5, subject: `token:${actor.tokenId}` })
  expect(own.items[0]).toMatchObject({ verb: 'test.row', actor: { kind: 'token', id: admin.id } })
})
