import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { GET } from '#app/api/v1/[...path]/route.ts'
import { malformedPath, mendPaths, readableUrl } from '#lib/http/malformed-path.ts'

test.each([
  ['/releases/1', null],
  ['/releases/%E2%82%AC?q=%zz', null],
  ['/releases/%zz', '/releases/%25zz'],
  ['/a%20b/%E0%A4%A?tab=x%', '/a%20b/%25E0%25A4%25A?tab=x%'],
  ['/%', '/%25'],
  ['/api/v1/releases/%E0%A4%A?limit=1', `${malformedPath}?limit=1`],
  ['/api/events/%', malformedPath],
])('%s is read as %s', (url, readable) => {
  expect(readableUrl(url)).toBe(readable)
  if (readable !== null) expect(() => decodeURIComponent(readable.split('?')[0] ?? '')).not.toThrow()
})

test('a server of this process sees the readable address alone', async () => {
  mendPaths()
  const server = createServer((req, res) => res.end(req.url))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const seen = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  expect(await seen('/releases/%zz')).toBe('/releases/%25zz')
  expect(await seen('/releases/%41')).toBe('/releases/%41')
  await new Promise((resolve) => server.close(resolve))
})

test('the API says what is wrong', async () => {
  const res = GET(new Request(`http://127.0.0.1${malformedPath}`))
  expect([res.status, res.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
  expect(await res.json()).toMatchObject({ code: 'invalid_input', detail: expect.stringContaining('percent sign') as unknown })
})
