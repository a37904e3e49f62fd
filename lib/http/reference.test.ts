import { expect, test } from 'vitest'
import { endpoints } from '#lib/endpoints.ts'
import { openApi } from '#lib/http/openapi.ts'
import { fieldsOf, readReference, typeOf } from '#lib/http/reference.ts'

const reference = readReference(openApi('https://sluice.example.com'))
const operations = reference.groups.flatMap((g) => g.operations)

test('shows every endpoint once, with who may and how it is refused', () => {
  expect(operations.map((o) => o.id).toSorted()).toEqual(endpoints.map((e) => e.id).toSorted())
  for (const o of operations) {
    expect(o.who, o.id).not.toBe('')
    expect(o.errors.map((e) => e.status), o.id).toEqual(expect.arrayContaining(['400', '401', '403']))
  }
})

test('every type that is named has its schema on the page', () => {
  const names = new Set(reference.schemas.map((s) => s.name))
  const types = [...operations.flatMap((o) => [o.answer.type, ...o.answer.fields.map((f) => f.type), ...(o.body ?? []).map((f) => f.type)]), ...reference.schemas.flatMap((s) => s.fields.map((f) => f.type))]
  expect(types.flatMap((t) => (t.ref && !names.has(t.ref) ? [t.ref] : []))).toEqual([])
})

test('a field inside a list is named by its way, with its limits', () => {
  const create = operations.find((o) => o.id === 'releases.create')
  expect(create?.body?.find((f) => f.name === 'artifacts[].image')).toMatchObject({ required: true, type: { text: 'string' } })
  expect(operations.find((o) => o.id === 'tokens.create')?.body?.find((f) => f.name === 'expiresInDays')).toMatchObject({ required: false, note: 'from 1, to 366, default 90' })
})

test('types are said in words', () => {
  expect(typeOf({ anyOf: [{ $ref: '#/components/schemas/HoldView' }, { type: 'null' }] })).toEqual({ text: 'HoldView or null', ref: 'HoldView' })
  expect(typeOf({ type: 'array', items: { enum: ['a', 'b'] } }).text).toBe('list of "a", "b"')
  expect(typeOf({ type: 'object', additionalProperties: { type: 'integer' } }).text).toBe('map to integer')
  expect(fieldsOf({ properties: { at: { type: 'string', format: 'date-time', pattern: '^x$' } } })).toEqual([{ name: 'at', required: false, type: { text: 'time', ref: null }, note: '' }])
})

test('the line to try a write with has what is required in its body', () => {
  expect(operations.find((o) => o.id === 'promotions.create')?.curl).toBe(`curl -X POST -H "Authorization: Bearer $SLUICE_TOKEN" -H 'content-type: application/json' -d '{"release":"…","environment":"…"}' 'https://sluice.example.com/api/v1/promotions'`)
})
