import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from './support/test.ts'
import { Canary, straight } from './support/canary.ts'
import { api, control, people, until } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

test.describe.configure({ mode: 'serial' })
const app = new Canary('health', straight)

async function expectClean(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect.soft(violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`), `${state}, ${colorScheme}`).toEqual([])
  }
}

/** The next look of a worker, a minute later, that found this. */
const look = (state: string) =>
  until(`a look that says ${state}`, async () => {
    const health = (await api(people.viewer, 'GET', `/targets/${app.targetId}`)).body['health'] as { state: string } | null
    if (health?.state === state) return true
    await control('clock', { advanceMs: 61_000 })
    return false
  })

test.beforeAll(() => app.begin())
test.afterAll(() => control('metrics', { fail: null }))

test('the overview tells errors and p95 of each service, what is not known by word, and how old it is', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  const row = page.getByRole('row', { name: new RegExp(app.slug) })
  await look('measured')
  await page.goto('/')
  await expect(row).toContainText(/\d+(\.\d+)?% [\d,]+ of [\d,]+ requests failed/)
  await expect(row).toContainText(/\d+ ms/)
  await expect(page.getByRole('region', { name: 'Live now' })).toContainText(/errors and p95, 5 min to \d\d:\d\d, read \d\d:\d\d:\d\d/)
  await expectClean(page, 'measured')

  await control('metrics', { fail: '503' })
  await look('cannot_measure')
  await page.reload()
  await expect(row).toContainText('Cannot measure')
  await expectClean(page, 'cannot measure')
  await control('metrics', { fail: null })

  await control('load', { service: app.service, requestsPerSecond: 0 })
  await look('no_requests')
  await page.reload()
  await expect(row).toContainText('no requests')
  await expectClean(page, 'no requests')
})

test('a phone has the same as a line, and does not scroll sideways', async ({ browser }) => {
  await control('load', { service: app.service, requestsPerSecond: 100 })
  await look('measured')
  const page = await windowFor(browser, people.onCall, { width: 360, height: 640 })
  await page.goto('/')
  await expect(page.getByRole('row', { name: new RegExp(app.slug) })).toContainText(/0% errors, p95 \d+ ms/)
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  await expectClean(page, 'phone')
})
