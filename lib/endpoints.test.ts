import { describe, expect, test } from 'vitest'
import { endpoints } from '#lib/endpoints.ts'
import { openApi } from '#lib/http/openapi.ts'
import { allRoutes } from '#lib/http/testing/routes.ts'

/** Not endpoints: the reference itself, and the answer for a mistyped path. */
const others = ['/api/v1/openapi.json', '/api/v1/[...path]']
const routes = (await allRoutes()).filter((r) => !others.includes(r.path))
const nameOf = (e: { method: string; path: string }) => `${e.method} ${e.path}`

test('every endpoint has a route and every route an endpoint', () => {
  expect(routes.map(nameOf).toSorted()).toEqual(endpoints.map(nameOf).toSorted())
})

test('every route serves the endpoint of its own path and method', () => {
  for (const r of routes) expect(`${r.file} ${r.handler.endpoint && nameOf(r.handler.endpoint)}`).toBe(`${r.file} ${nameOf(r)}`)
})

test('ids are unique: they name operations, query keys and log lines', () => {
  expect(new Set(endpoints.map((e) => e.id)).size).toBe(endpoints.length)
})

test('whoever lacks a role is told, in a few words, what it is that they may not do', () => {
  const silent = endpoints.filter((e) => e.verb !== 'public' && e.verb !== 'session' && !/^[a-z][a-z -]{3,40}$/.test(e.doing ?? ''))
  expect(silent.map((e) => `${e.id}: ${e.doing}`)).toEqual([])
})

test('no read changes anything: what is not a GET needs more than view, except a plan or a replay', () => {
  const odd = endpoints.filter((e) => e.method !== 'GET' && (e.verb === 'view' || e.verb === 'public') && !/\/(plan|backtest)$/.test(e.path))
  expect(odd.map((e) => e.id)).toEqual([])
})

describe('the API reference', () => {
  const doc = openApi('https://sluice.example.com') as { openapi: string; paths: Record<string, Record<string, Operation>>; components: { schemas: object } }
  type Operation = { operationId: string; parameters: { name?: string; in?: string; required?: boolean }[]; requestBody?: { content: { 'application/json': { schema: { properties: object; additionalProperties: boolean } } } }; responses: Record<string, unknown> }
  const operations = Object.values(doc.paths).flatMap((p) => Object.values(p))

  test('has every endpoint once', () => {
    expect(doc.openapi).toBe('3.1.0')
    expect(operations.map((o) => o.operationId).toSorted()).toEqual(endpoints.map((e) => e.id).toSorted())
  })

  test('names every path parameter as one, and not in the body', () => {
    for (const [path, methods] of Object.entries(doc.paths))
      for (const o of Object.values(methods)) {
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((m) => m[1])
        expect(o.parameters.filter((p) => p.in === 'path').map((p) => p.name)).toEqual(inPath)
        for (const name of inPath) expect(o.requestBody?.content['application/json'].schema.properties ?? {}).not.toHaveProperty(name ?? '')
      }
  })

  test('refers only to schemas that it has', () => {
    const text = JSON.stringify(doc)
    const missing = [...text.matchAll(/"#\/components\/schemas\/(\w+)"/g)].map((m) => m[1] ?? '').filter((name) => !(name in doc.components.schemas))
    expect(missing).toEqual([])
    expect(text).not.toContain('$defs')
    expect(Object.keys(doc.components.schemas)).toEqual(expect.arrayContaining(['Problem', 'RolloutView', 'PromotionView', 'TargetView', 'ReleaseView']))
  })

  test('says the status of success and how it is refused', () => {
    for (const e of endpoints) expect(Object.keys(operations.find((o) => o.operationId === e.id)?.responses ?? {})).toEqual(expect.arrayContaining([String(e.status ?? 200), '400', '401', '403']))
  })
})
