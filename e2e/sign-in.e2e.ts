import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from './support/test.ts'

async function signIn(page: Page, email: string, password = 'demo'): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

test('a signed-out browser is asked to sign in, and comes back to where it wanted to go', async ({ page }) => {
  const refused: string[] = []
  page.on('console', (message) => (/Content Security Policy|Refused to/.test(message.text()) ? refused.push(message.text()) : undefined))
  await page.goto('/releases?state=active')
  await expect(page).toHaveURL(/\/sign-in\?callbackUrl=/)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await signIn(page, 'viewer@example.test')
  await expect(page).toHaveURL(/\/releases\?state=active$/)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  expect(refused).toEqual([])
})

test('a wrong password is told at the field, and what was typed stays', async ({ page }) => {
  await page.goto('/sign-in')
  await signIn(page, 'viewer@example.test', 'wrong')
  await expect(page.getByRole('alert').filter({ hasText: 'The address or the password is wrong.' })).toBeVisible()
  await expect(page.getByLabel('E-mail')).toHaveValue('viewer@example.test')
  await signIn(page, 'viewer@example.test')
  await expect(page).not.toHaveURL(/sign-in/)
})

test('signing out ends it everywhere: the page, the API, and a copy of the cookie', async ({ page, request }) => {
  await page.goto('/sign-in')
  await signIn(page, 'viewer@example.test')
  await expect(page).not.toHaveURL(/sign-in/)
  const cookie = (await page.context().cookies()).map((c) => `${c.name}=${c.value}`).join('; ')
  expect((await request.get('/api/v1/me', { headers: { cookie } })).status()).toBe(200)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  expect((await request.get('/api/v1/me', { headers: { cookie } })).status()).toBe(401)
  await page.goBack()
  await expect(page).toHaveURL(/\/sign-in/)
  await page.reload()
  await expect(page).toHaveURL(/\/sign-in/)
})

test('guessing is stopped after ten tries, with a sentence that says for how long', async ({ request }) => {
  // An address of its own, so that the other journeys on this machine are not kept out with it.
  const headers = { 'x-forwarded-for': `203.0.113.${Math.trunc(Math.random() * 250)}` }
  const { csrfToken } = (await (await request.get('/api/auth/csrf')).json()) as { csrfToken: string }
  const guess = () => request.post('/api/auth/callback/demo', { headers, form: { csrfToken, email: `guess-${Date.now()}@example.test`, password: 'x', json: 'true' } })
  for (let i = 0; i < 10; i++) expect((await guess()).status()).toBe(401)
  const stopped = await guess()
  expect(stopped.status()).toBe(429)
  expect(await stopped.json()).toMatchObject({ code: 'too_many_requests', detail: expect.stringContaining('in a minute') })
})

test('pages carry the headers that keep other sites out, and no page may be framed', async ({ request }) => {
  const headers = (await request.get('/sign-in')).headers()
  expect(headers['content-security-policy']).toMatch(/script-src 'self' 'nonce-[^']+' 'strict-dynamic';.*frame-ancestors 'none'/)
  expect(headers['content-security-policy']).not.toMatch(/script-src[^;]*unsafe/)
  expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin' })
  const [one, two] = [headers['content-security-policy'], (await request.get('/sign-in')).headers()['content-security-policy']]
  expect(one).not.toBe(two)
})

const tricks = [{ 'x-middleware-subrequest': 'proxy:proxy:proxy:proxy:proxy' }, { 'x-middleware-subrequest': 'src/proxy' }, { rsc: '1' }, { 'x-nextjs-data': '1' }, { 'next-router-prefetch': '1' }]
test('no header makes a page or the API answer to nobody', async ({ request }) => {
  for (const headers of tricks) {
    for (const path of ['/', '/audit', '/audit.rsc', '/%61udit', '/releases', '/_next/data/x/audit.json']) {
      const res = await request.get(path, { headers, maxRedirects: 0 })
      expect([307, 308, 404], `${path} ${JSON.stringify(headers)}`).toContain(res.status())
    }
    expect((await request.get('/api/v1/releases', { headers })).status()).toBe(401)
  }
})
