import { expect, type Page, test } from './support/test.ts'
import { type OidcProduct, startOidcProduct } from './support/oidc-product.ts'

// The product's own process, provider and browser: nothing of the sign-in is played by the test.
const dataFolder = process.env['SLUICE_DATA_DIR']
test.skip(dataFolder === undefined, 'needs the data folder of the product under test, which scripts/e2e.ts gives')
test.describe.configure({ mode: 'serial' })

let product: OidcProduct
const boss = `boss-${Date.now()}@example.test`
const newcomer = `newcomer-${Date.now()}@example.test`

test.beforeAll(async () => {
  product = await startOidcProduct({ SLUICE_DATA_DIR: dataFolder ?? '', SLUICE_ADMINS: boss })
})
test.afterAll(async () => product?.stop())

/** From our sign-in page through the provider's pages and back. */
async function signIn(page: Page, login: string, from = '/sign-in'): Promise<void> {
  await page.goto(product.url + from)
  await page.getByRole('button', { name: 'Sign in with Test provider' }).click()
  await page.getByPlaceholder('Enter any login').fill(login)
  await page.getByPlaceholder('and password').fill('any')
  await page.getByRole('button', { name: 'Sign-in' }).click()
  await page.getByRole('button', { name: 'Continue' }).click()
}
const session = async (page: Page) => (await page.context().cookies()).find((c) => c.name === 'sluice.session-token')

test('a person named in SLUICE_ADMINS signs in, comes back to the page that was asked for, and is admin', async ({ page }) => {
  await page.goto(`${product.url}/audit`)
  await expect(page).toHaveURL(/\/sign-in\?callbackUrl=%2Faudit$/)
  await signIn(page, boss, new URL(page.url()).pathname + new URL(page.url()).search)
  await expect(page).toHaveURL(`${product.url}/audit`)
  const me = await page.request.get(`${product.url}/api/v1/me`)
  expect(await me.json()).toMatchObject({ email: boss, name: `Person ${boss}`, roles: [{ role: 'admin', application: null, environment: null }] })
  expect(await session(page)).toMatchObject({ httpOnly: true, sameSite: 'Lax' })
})

test('somebody without a role is told so, and can sign out', async ({ page }) => {
  await signIn(page, newcomer)
  await expect(page.getByRole('heading', { name: 'You have no role yet' })).toBeVisible()
  expect((await page.request.get(`${product.url}/api/v1/releases`)).status()).toBe(403)
  const copied = await session(page)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Sign in' })).toBeVisible()
  const replay = await page.request.get(`${product.url}/api/v1/me`, { headers: { cookie: `sluice.session-token=${copied?.value}` } })
  expect(replay.status()).toBe(401)
})

test('another site is not gone to after signing in', async ({ page }) => {
  await signIn(page, boss, '/sign-in?callbackUrl=https%3A%2F%2Fevil.example%2F')
  await expect(page).toHaveURL(`${product.url}/`)
})

test('an address that the provider has not verified is refused', async ({ page }) => {
  await signIn(page, `unverified-${Date.now()}@example.test`)
  await expect(page.getByRole('alert').filter({ hasText: 'no verified address' })).toBeVisible()
  expect(await session(page)).toBeUndefined()
})

test('an answer that nobody asked the provider for makes no session', async ({ page }) => {
  await page.goto(`${product.url}/api/auth/callback/oidc?code=made-up&state=made-up`)
  await expect(page.getByRole('alert').filter({ hasText: 'did not work' })).toBeVisible()
  expect(await session(page)).toBeUndefined()
})

test('with the provider gone nobody gets in, and the page says so', async ({ page }) => {
  await product.stopProvider()
  await page.goto(`${product.url}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with Test provider' }).click()
  await expect(page.getByRole('alert').filter({ hasText: /did not work|does not work/ })).toBeVisible()
  expect(await session(page)).toBeUndefined()
})
