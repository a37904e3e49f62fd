import { expect, type Locator, type Page, test } from './support/test.ts'
import { apply, convergence } from './support/blueprints.ts'
import { api, people, until } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

test.describe.configure({ mode: 'serial' })

const phone = { width: 360, height: 640 }
const version = `1.0.9-${Date.now().toString(36)}`
const ids = { staging: '', production: '' }

test.beforeAll(async () => {
  await apply(convergence())
  const artifacts = [{ service: 'api', image: `us-docker.pkg.dev/convergence/api:${version}` }]
  const release = (await api(people.developer, 'POST', '/releases', { application: 'convergence', version, commit: '9d12ce81', artifacts })).body['id']
  const ask = async (environment: string) => String((await api(people.developer, 'POST', '/promotions', { release, environment })).body['id'])
  ids.staging = await ask('staging')
  ids.production = await ask('production')
  await until('a bake in staging', async () => (await shareInStaging()) === 100)
})

async function shareInStaging(): Promise<number> {
  const { body } = await api(people.viewer, 'GET', `/promotions/${ids.staging}`)
  const id = (body['rollouts'] as string[])[0]
  if (!id) return 0
  const r = (await api(people.viewer, 'GET', `/rollouts/${id}`)).body
  return (r['split'] as { observed: Record<string, number> | null }).observed?.[(r['candidate'] as { revision: string }).revision] ?? 0
}

/** Presses what is under the thumb and counts; a target smaller than a thumb is none. */
async function tap(what: Locator, leastPx = 40): Promise<void> {
  await expect(what).toBeEnabled()
  const box = await what.boundingBox()
  expect(box?.height ?? 0, await what.innerText()).toBeGreaterThanOrEqual(leastPx)
  await what.click()
}

async function overview(page: Page): Promise<void> {
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toContainText(/need(s)? you/)
}

test('what is wrong stands on the overview, and pause and abort are two and three taps away', async ({ browser }) => {
  const page = await windowFor(browser, people.onCall, phone)
  await overview(page)
  await tap(page.getByRole('link', { name: `Rollout of ${version} to staging` }))
  await tap(page.getByRole('button', { name: /^Pause/ }), 44)
  await expect(page.getByText('Paused').first()).toBeVisible()

  await overview(page)
  const paused = page.getByRole('region', { name: 'Needs you' }).getByRole('listitem').filter({ hasText: version })
  await expect(paused).toContainText('Nothing moves until someone resumes')
  await tap(paused.getByRole('link', { name: /^Open/ }), 44)
  await tap(page.getByRole('button', { name: /^Abort/ }), 44)
  await tap(page.getByRole('dialog').getByRole('button', { name: /^Abort/ }), 44)
  await until('it is back', async () => (await api(people.viewer, 'GET', `/promotions/${ids.staging}`)).body['state'] === 'rolled_back')
})

test('approve is three taps, by a deadline that is said', async ({ browser }) => {
  const page = await windowFor(browser, people.manager, phone)
  await overview(page)
  const row = page.getByRole('region', { name: 'Needs you' }).getByRole('listitem').filter({ hasText: version }).filter({ hasText: 'Approval' })
  await expect(row).toContainText(/2 d 23 h left|3 d left/)
  await expect(row).toContainText('asked by Dev Developer')
  await tap(row.getByRole('link', { name: /^Review/ }), 44)
  await tap(page.getByRole('button', { name: /^Approve/ }), 44)
  await tap(page.getByRole('dialog').getByRole('button', { name: /^Approve/ }), 44)
  await until('the approval', async () => ((await api(people.viewer, 'GET', `/promotions/${ids.production}`)).body['approvals'] as unknown[]).length === 1)
  expect((await api(people.developer, 'POST', `/promotions/${ids.production}/cancel`, {})).status).toBe(200)
})

test('roll back is three taps', async ({ browser }) => {
  const page = await windowFor(browser, people.onCall, phone)
  await overview(page)
  await tap(page.getByRole('link', { name: /^backend in production:/ }))
  await tap(page.getByRole('button', { name: /^Roll back/ }), 44)
  // Not pressed: the other journeys need what serves there.
  await expect(page.getByRole('dialog').getByRole('button', { name: /^Send 100% to/ })).toBeEnabled()
})
