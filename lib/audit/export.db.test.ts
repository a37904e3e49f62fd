import { parse } from 'csv-parse/sync'
import { expect, test } from 'vitest'
import { GET } from '#app/api/v1/audit/export/route.ts'
import { systemActor } from '#lib/access/actor.ts'
import { callRoute, testPerson } from '#lib/access/testing/people.ts'
import { record } from '#lib/audit/record.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const admin = await testPerson('ada', ['admin'])
/** More than one batch of the export. */
const rows = 1_050
const oddMessage = '=HYPERLINK("http://x"), "quoted"\nand a second line'

await db.$transaction(
  async (tx) => {
    const atMs = await nowMs(tx)
    for (let i = 1; i <= rows; i++) await record(tx, { chain: 'big', actor: systemActor('test'), verb: 'test.row', subject: { kind: 'release', id: String(i) }, message: i === 1 ? oddMessage : `row ${i}`, before: { i }, atMs: atMs + i })
  },
  { timeout: 120_000 },
)
const file = (query: string, as = admin) => callRoute(GET, 'GET', { as, query: `?${query}` })

test('JSON has every row of the filters, over all batches, in the order asked for', async () => {
  const answer = await file('format=json&application=big&sort=at')
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="audit-big.json"')
  const list = answer.body as unknown as { seq: number; message: string; before: unknown }[]
  expect(list.map((e) => e.seq)).toEqual(Array.from({ length: rows }, (_, i) => i + 1))
  expect(list[0]).toMatchObject({ message: oddMessage, before: { i: 1 } })
})

test('CSV reads back as the same rows, and no cell begins as a formula', async () => {
  const answer = await file('format=csv&application=big&sort=at')
  expect(answer.headers.get('content-type')).toBe('text/csv; charset=utf-8')
  const list = parse(String(answer.body['text']), { columns: true }) as Record<string, string>[]
  expect(list.map((r) => Number(r['seq']))).toEqual(Array.from({ length: rows }, (_, i) => i + 1))
  expect(list[0]).toMatchObject({ message: `'${oddMessage}`, before: '{"i":1}', verb: 'test.row' })
})

test('nothing that fits is an empty file, a wrong filter and a person who may not view are refused before a byte is sent', async () => {
  expect((await file('application=nowhere')).body).toEqual([])
  expect((await file('format=csv&application=nowhere')).body['text']).toMatch(/^at,chain,seq/)
  expect(await file('subject=nonsense')).toMatchObject({ status: 400, body: { field: 'subject' } })
  expect(await file('format=xml')).toMatchObject({ status: 400, body: { field: 'format' } })
  expect((await file('format=csv', await testPerson('nix'))).status).toBe(403)
})
