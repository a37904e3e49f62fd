import { expect, type Page, test } from './support/test.ts'
import { Canary, straight } from './support/canary.ts'
import { moveTraffic } from './support/outsider.ts'
import { people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

test.describe.configure({ mode: 'serial' })
const app = new Canary('editor', straight)
let [older, newer] = ['', '']

test.beforeAll(async () => {
  await app.begin()
  const done = await app.drive(await app.ship('v1.1.0'), (r) => r.state === 'succeeded')
  older = done.stable?.revision ?? ''
  newer = done.candidate?.revision ?? ''
})

/** Types a split of the two revisions and waits for its preview. */
async function type(page: Page, split: { older: number; newer: number }): Promise<void> {
  await page.getByLabel(`Percent to ${newer}`).fill(String(split.newer))
  if (await page.getByLabel('Add a revision').isVisible()) await page.getByLabel('Add a revision').selectOption(older)
  await page.getByLabel(`Percent to ${older}`).fill(String(split.older))
}

const send = (page: Page) => page.getByRole('button', { name: /^Send/ })

test('a split typed by hand is previewed, confirmed, written and read back', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  await page.goto(`/targets/${app.targetId}`)
  await page.getByLabel(`Percent to ${newer}`).fill('90')
  await expect(page.getByRole('alert').filter({ hasText: 'this one sums to 90' })).toBeVisible()
  await expect(send(page)).toHaveCount(0)
  await type(page, { older: 10, newer: 90 })
  await expect(page.getByText('Exactly this is written')).toBeVisible()
  expect(await app.live(), 'a preview writes nothing').toEqual({ [newer]: 100 })
  await send(page).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('a tenth of v1.0.0 to compare')
  await dialog.getByRole('button', { name: /^Send 90% to/ }).click()
  await page.waitForURL(/\/rollouts\//)
  await expect(page.getByText(/Read back 90 \/ 10|Read back 10 \/ 90/)).toBeVisible()
  expect(await app.live()).toEqual({ [older]: 10, [newer]: 90 })
})

test('a split is refused, with what changed, when the live service changed while it was edited', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  await page.goto(`/targets/${app.targetId}`)
  await type(page, { older: 20, newer: 80 })
  await send(page).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('more to compare')
  await moveTraffic(app.service, { [older]: 50, [newer]: 50 })
  const before = await app.writes()
  await dialog.getByRole('button', { name: /^Send/ }).click()
  await expect(dialog).toBeHidden()
  await expect(page.getByText(/Nothing was written: the live service changed .* is now 50% to .*, 50% to /)).toBeVisible()
  expect(await app.writes()).toEqual(before)
  expect(await app.live()).toEqual({ [older]: 50, [newer]: 50 })
})
