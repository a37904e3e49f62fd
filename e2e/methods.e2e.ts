import { expect, test } from './support/test.ts'
import { people, product } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

const ask = (method: string, route: string) => fetch(`${product.url}/api/v1${route}`, { method })

test('over the wire too, a method that a path does not have is refused in words', async () => {
  const res = await ask('DELETE', '/releases')
  expect([res.status, res.headers.get('content-type'), res.headers.get('allow')]).toEqual([405, 'application/problem+json', 'GET, POST, HEAD, OPTIONS'])
  expect(((await res.json()) as { detail: string }).detail).toBe('DELETE is not possible at /api/v1/releases: it takes GET or POST')
  expect((await ask('GET', '/promotions/some-id/start')).headers.get('allow')).toBe('POST, OPTIONS')
  expect((await ask('HEAD', '/promotions/some-id/start')).status).toBe(405)
  expect((await ask('HEAD', '/openapi.json')).status).toBe(200)
  expect((await ask('OPTIONS', '/me')).headers.get('allow')).toBe('GET, HEAD, OPTIONS')
})

test('a path that cannot be decoded is refused in words by the API, and leads to a page that says nothing is there', async ({ browser }) => {
  const res = await ask('GET', '/releases/%E0%A4%A')
  expect([res.status, res.headers.get('content-type')]).toEqual([400, 'application/problem+json'])
  expect(((await res.json()) as { detail: string }).detail).toContain('a percent sign in it does not begin a character')
  expect((await ask('POST', '/promotions/%/cancel')).status).toBe(400)
  const page = await windowFor(browser, people.viewer)
  for (const path of ['/releases/%zz', '/%E0%A4%A']) {
    const answer = await page.goto(`${product.url}${path}`)
    expect(answer?.status(), path).toBe(404)
    await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible()
  }
})
