import { Canary, straight } from './support/canary.ts'
import { people, signal, until } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'
import { expect, test } from './support/test.ts'

const app = new Canary('cut-off', straight)

test('with the cloud cut off, Roll back on a phone is on record at once, says that it is not confirmed, and is carried out once', async ({ browser }) => {
  await app.begin()
  const [from] = Object.keys(await app.live())
  await app.drive(await app.ship('v1.1.0'), (r) => r.state === 'succeeded')
  const before = (await app.writes()).length
  const page = await windowFor(browser, people.onCall, { width: 360, height: 640 })
  await page.goto(`/targets/${app.targetId}`)
  await expect(page.getByRole('button', { name: /^Roll back/ })).toBeEnabled()
  signal('emulator', 'SIGSTOP')
  try {
    const dialog = page.getByRole('dialog')
    // A reading is shared for 2 s: one from just before the cut may still answer the first question.
    await expect(async () => {
      await page.getByRole('button', { name: /^Roll back/ }).click()
      const text = await dialog.innerText()
      if (!text.includes('Live was not read now')) await dialog.getByRole('button', { name: 'Not now' }).click()
      expect(text).toMatch(/Live was not read now\s+No answer came in time\. What is shown is the last reading\./)
    }).toPass({ timeout: 30_000 })
    await dialog.getByRole('button', { name: /^Send 100% to/ }).dblclick()
    // The provider is waited for up to 15 s, after a read that may take three.
    await expect(page).toHaveURL(/\/rollouts\/[0-9a-f-]+$/, { timeout: 30_000 })
    await expect(page.getByRole('region', { name: 'Time it takes' })).toContainText('not confirmed yet')
  } finally {
    signal('emulator', 'SIGCONT')
  }
  await expect(page.getByText('Confirmed by re-read.')).toBeVisible({ timeout: 60_000 })
  await until('the split', async () => (await app.live())[from ?? ''] === 100)
  expect(await app.writes()).toHaveLength(before + 1)
})
