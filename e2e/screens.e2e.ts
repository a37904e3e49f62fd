import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from './support/test.ts'
import { api, people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

const firstOf = async (route: string): Promise<string> => ((await api(people.viewer, 'GET', route)).body['items'] as { id: string }[])[0]?.id ?? ''

/** One of each kind of page, on what the seed made. */
async function pages(): Promise<string[]> {
  const [release, promotion, rollout, rolledBack, target] = await Promise.all(['/releases?limit=1', '/promotions?limit=1', '/rollouts?state=succeeded&limit=1', '/rollouts?state=rolled_back&limit=1', '/targets?environment=production&limit=1'].map(firstOf))
  return ['/', '/applications', '/applications/genai-platform', '/releases', '/releases/new', `/releases/${release}`, '/promotions', `/promotions/${promotion}`, '/rollouts', `/rollouts/${rollout}`, `/rollouts/${rolledBack}`, `/targets/${target}`, '/audit']
}

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('status', { name: 'reading' })).toHaveCount(0)
}

const findings = async (page: Page, axe = new AxeBuilder({ page })) => (await axe.analyze()).violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`)

// Fifty rows say no more to axe than the kinds of pages do, and take it ten times as long.
const isList = (path: string) => /^\/(releases|promotions|rollouts|audit)$/.test(path)

test('axe finds nothing on any kind of page; in the dark the contrast holds too', async ({ browser }) => {
  test.setTimeout(240_000)
  const page = await windowFor(browser, people.manager)
  for (const path of (await pages()).filter((p) => !isList(p))) {
    await page.emulateMedia({ colorScheme: 'light' })
    await open(page, path)
    expect.soft(await findings(page), path).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect.soft(await findings(page, new AxeBuilder({ page }).withRules(['color-contrast'])), `${path} in the dark`).toEqual([])
  }
})

test('a phone of 360 px never scrolls sideways', async ({ browser }) => {
  const page = await windowFor(browser, people.onCall, { width: 360, height: 640 })
  for (const path of await pages()) {
    await open(page, path)
    expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(360)
  }
})

test('the confirmation of Roll back names service, environment, revision and percent, is clean for axe, and Esc leaves it', async ({ browser }) => {
  const page = await windowFor(browser, people.onCall, { width: 360, height: 640 })
  const target = await firstOf('/targets?application=genai-platform&environment=production&limit=1')
  const { body } = await api(people.viewer, 'GET', `/targets/${target}`)
  const revision = (body['rollback'] as { revision: string }).revision
  await open(page, `/targets/${target}`)
  await page.getByRole('button', { name: /^Roll back/ }).click()
  const dialog = page.getByRole('dialog', { name: `Roll back ${String(body['service'])} in production?` })
  await expect(dialog).toContainText(revision)
  await expect(dialog.getByRole('button', { name: /^Send 100% to/ })).toBeFocused()
  expect(await findings(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect(dialog).toBeHidden()
  expect(((await api(people.viewer, 'GET', `/targets/${target}`)).body['live'] as { split: unknown }).split).toEqual((body['live'] as { split: unknown }).split)
})

test('what a role may not do stays visible, disabled, with the reason', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  const target = await firstOf('/targets?application=genai-platform&environment=production&limit=1')
  await open(page, `/targets/${target}`)
  const button = page.getByRole('button', { name: /^Roll back/ })
  await expect(button).toBeDisabled()
  await expect(button).toHaveAccessibleDescription(/needs the right to roll back here/)
})

test('a form names each field that is wrong and what is allowed, and sends nothing', async ({ browser }) => {
  const page = await windowFor(browser, people.developer)
  await open(page, '/releases/new?application=convergence')
  await page.getByRole('button', { name: 'Create the release' }).click()
  await expect(page.getByLabel('Version')).toHaveAccessibleDescription(/A version is needed/)
  await expect(page.getByLabel('Commit')).toHaveAccessibleDescription(/7 to 64 hexadecimal digits/)
  await page.getByLabel('Version').fill('9.9.9')
  await page.getByLabel('Commit').fill('9d12ce8')
  await page.getByLabel('Image of api').fill('docker.io/other/api:9.9.9')
  await page.getByRole('button', { name: 'Create the release' }).click()
  await expect(page.getByLabel('Image of api')).toHaveAccessibleDescription(/us-docker\.pkg\.dev\/convergence\/api/)
  await expect(page).toHaveURL(/releases\/new/)
})
