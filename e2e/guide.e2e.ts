import AxeBuilder from '@axe-core/playwright'
import { errors, expect, type Locator, type Page, test } from './support/test.ts'
import { apply, convergence } from './support/blueprints.ts'
import { api, people, until } from './support/product.ts'
import { comesAlive, windowFor } from './support/sign-in.ts'

test.describe.configure({ mode: 'serial' })
test.beforeAll(() => apply(convergence()))

const path = (page: Page) => page.getByRole('region', { name: 'Ship a bad release and watch it come back' })
const stepNow = (page: Page) => path(page).getByRole('listitem').and(page.locator('[aria-current="step"]'))

async function overview(page: Page): Promise<void> {
  const alive = comesAlive(page)
  await page.goto('/')
  await alive
  await expect(path(page)).toBeVisible()
}

/** Between look and press the step may have gone on by itself; then there is nothing to press. */
async function pressIfStillThere(button: Locator): Promise<void> {
  try {
    await button.click({ timeout: 3_000 })
  } catch (error) {
    if (!(error instanceof errors.TimeoutError)) throw error
  }
}

/** Presses what lets time pass as often as the step asks for it, until it is done. */
const passUntil = (page: Page, title: string) =>
  until(`the step after ${title}`, async () => {
    const now = stepNow(page)
    if (!(await now.getByText(title).isVisible())) return true
    const button = now.getByRole('button', { name: /^Let \d+ min pass$/ })
    if (await button.isVisible()) await pressIfStillThere(button)
    return false
  }, 100_000)

test('the guided path, from a bad release to its way back by itself, with two people', async ({ browser }) => {
  test.setTimeout(180_000)
  const developer = await windowFor(browser, people.developer)
  await overview(developer)
  // On a product where somebody walked it before, it begins anew.
  await path(developer).getByRole('link', { name: /^(Fill in the release|Again with another version|Start anew)$/ }).click()
  await expect(developer.getByLabel('Version')).toHaveValue(/^v1\.3\.\d+-err5$/)
  const version = await developer.getByLabel('Version').inputValue()
  await developer.getByRole('button', { name: 'Create the release' }).click()
  await expect(developer.getByRole('heading', { name: `Release ${version}` })).toBeVisible()

  await overview(developer)
  await stepNow(developer).getByRole('link', { name: 'Promote to staging' }).click()
  await developer.getByRole('dialog').getByRole('button', { name: `Promote ${version} to staging` }).click()
  await developer.waitForURL(/\/promotions\//)
  await overview(developer)
  await passUntil(developer, 'Take it to staging')
  await stepNow(developer).getByRole('link', { name: 'Ask for production' }).click()
  await developer.getByRole('dialog').getByRole('button', { name: `Promote ${version} to production` }).click()
  await developer.waitForURL(/\/promotions\//)
  await overview(developer)
  await expect(stepNow(developer)).toContainText('manager@example.test')

  const manager = await windowFor(browser, people.manager)
  await overview(manager)
  await stepNow(manager).getByRole('link', { name: 'Review and approve' }).click()
  await manager.getByRole('button', { name: /^Approve/ }).click()
  await manager.getByRole('dialog').getByRole('button', { name: /^Approve/ }).click()
  await expect(manager.getByRole('dialog')).toBeHidden()
  await overview(manager)
  await expect(path(manager).getByText(/error spike: \d+ of [\d,]+ requests failed.*until a person lifts the hold/)).toBeVisible({ timeout: 100_000 })
  await path(manager).getByRole('link', { name: 'See the counts' }).click()
  await expect(manager.getByText('Rolled back').first()).toBeVisible()

  const target = ((await api(people.viewer, 'GET', '/targets?application=convergence&environment=production')).body['items'] as { id: string; hold: unknown }[])[0]
  expect(target?.hold).not.toBeNull()
  expect((await api(people.manager, 'POST', `/targets/${target?.id}/unhold`, { reason: 'for the next journey' })).status).toBe(200)
})

test('put away it stays away for this person, and comes back from the account', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await overview(page)
  await path(page).getByRole('button', { name: 'Put away' }).click()
  await expect(path(page)).toBeHidden()
  const alive = comesAlive(page)
  await page.reload()
  await alive
  await expect(path(page)).toBeHidden()
  await page.getByRole('link', { name: 'Guided path' }).click()
  await expect(path(page)).toBeVisible()
  await page.goto('/')
  await expect(path(page)).toBeVisible()
})

test('axe finds nothing on the overview with the path, in light and dark, at a desk and on a phone', async ({ browser }) => {
  for (const viewport of [{ width: 1440, height: 900 }, { width: 360, height: 640 }]) {
    const page = await windowFor(browser, people.manager, viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await overview(page)
      const { violations } = await new AxeBuilder({ page }).analyze()
      expect.soft(violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`), `${viewport.width} ${colorScheme}`).toEqual([])
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width)
  }
})
