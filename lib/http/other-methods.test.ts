import { expect, test } from 'vitest'
import { routeFiles } from '#lib/http/testing/routes.ts'

const files = (await routeFiles()).filter((f) => !f.path.includes('[...'))
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

const ask = async (f: (typeof files)[number], method: string) => {
  const req = new Request(`http://127.0.0.1:3000${f.path.replaceAll(/:\w+/g, 'some-id')}`, { method })
  return f.module[method]?.(req, { params: Promise.resolve({}) }) ?? expect.fail(`${f.file} leaves ${method} to the framework, which answers without a body`)
}

test.each(files.map((f) => [f.path, f] as const))('%s says which methods it has to who asks with another', async (path, f) => {
  const taken = new Set(f.own)
  expect(taken.size).toBeGreaterThan(0)
  for (const method of methods.filter((m) => !taken.has(m))) {
    const res = await ask(f, method)
    expect([res.status, res.headers.get('content-type')], method).toEqual([405, 'application/problem+json'])
    expect(res.headers.get('allow'), path).toBe([...f.own.toSorted(), ...(taken.has('GET') ? ['HEAD'] : []), 'OPTIONS'].join(', '))
    const problem = (await res.json()) as { code: string; detail: string; requestId: string }
    expect(problem).toMatchObject({ code: 'method_not_allowed', requestId: expect.any(String) as unknown })
    expect(problem.detail).toMatch(new RegExp(`^${method} .* (${[...taken].join('|')})`))
  }
  const options = await ask(f, 'OPTIONS')
  expect([options.status, await options.text()]).toEqual([204, ''])
  expect((options.headers.get('allow') ?? '').split(', ')).toEqual(expect.arrayContaining([...f.own, 'OPTIONS']))
})
