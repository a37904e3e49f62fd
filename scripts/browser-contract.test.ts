import { expect, test } from 'vitest'
import { z } from 'zod'
import { contracts, endpoints } from '#lib/endpoints.ts'
import { browserContract } from '#scripts/browser-contract.mjs'

const evaluated = async (text: string): Promise<Record<string, unknown>> => (await import(`data:text/javascript,${encodeURIComponent(text)}`)) as Record<string, unknown>
const modules = await Promise.all(contracts.map(async (exports) => ({ exports, text: browserContract('contract.ts', exports), inBrowser: await evaluated(browserContract('contract.ts', exports)) })))

test('the browser gets every endpoint with all that it needs to call it', () => {
  const got = modules.flatMap((m) => Object.values(m.inBrowser)).filter((v) => typeof v === 'object' && v !== null && 'method' in v)
  const plain = (e: object) => Object.fromEntries(Object.entries(Object.getOwnPropertyDescriptors(e)).flatMap(([key, d]) => (key === 'input' || key === 'output' ? [] : [[key, d.value as unknown]])))
  const named = (all: readonly object[]) => new Map(all.map((e) => [String(Object.getOwnPropertyDescriptor(e, 'id')?.value), plain(e)]))
  expect(named(got)).toEqual(named(endpoints))
})

test('the browser gets the same data, no schema, and nothing that brings schemas along', () => {
  for (const { exports, inBrowser, text } of modules) {
    const data = Object.entries(exports).filter(([, v]) => typeof v !== 'object' || v === null || (!('_zod' in v) && !('method' in v)))
    for (const [name, value] of data) expect(inBrowser[name], name).toEqual(value)
    expect(Object.keys(exports).filter((name) => !(name in inBrowser))).toEqual(Object.keys(exports).filter((name) => exports[name] instanceof z.ZodType))
    expect(text).not.toMatch(/\bimport\b/)
  }
})

test('an endpoint says that its schemas are not there when browser code reaches for one', () => {
  const all = modules.flatMap((m) => Object.values(m.inBrowser)).filter((v): v is { id: string; input: unknown; output: unknown } => typeof v === 'object' && v !== null && 'method' in v)
  for (const e of all) {
    expect(() => e.input, e.id).toThrow('the browser has none')
    expect(() => e.output, e.id).toThrow('the browser has none')
  }
})

test.each([
  ['a function', { shout: (text: string) => text.toUpperCase() }, 'shout in x.ts'],
  ['a date', { since: { at: new Date(0) } }, 'since in x.ts, at'],
  ['a schema inside of data', { shapes: { name: z.string() } }, 'shapes in x.ts, name'],
])('%s in a contract stops the build', (_, exports, named) => {
  expect(() => browserContract('x.ts', exports)).toThrow(named)
})
