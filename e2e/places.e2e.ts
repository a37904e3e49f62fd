import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from './support/test.ts'
import { api, control, people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

const findings = async (page: Page, axe = new AxeBuilder({ page })) => (await axe.analyze()).violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`)

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('status', { name: 'reading' })).toHaveCount(0)
}

const paths = ['/environments', '/environments?application=genai-platform', '/applications/genai-platform?tab=targets', '/applications/genai-platform?tab=blueprint', '/settings', '/settings?tab=tokens', '/settings?tab=sign-in', '/settings?tab=google', '/docs/api?q=promotions']

test('axe finds nothing in these places; in the dark the contrast holds too', async ({ browser }) => {
  test.setTimeout(240_000)
  const page = await windowFor(browser, people.admin)
  for (const path of paths) {
    await page.emulateMedia({ colorScheme: 'light' })
    await open(page, path)
    if (!path.startsWith('/docs')) await page.getByText('The same by API').click()
    expect.soft(await findings(page), path).toEqual([])
    await page.emulateMedia({ colorScheme: 'dark' })
    expect.soft(await findings(page, new AxeBuilder({ page }).withRules(['color-contrast'])), `${path} in the dark`).toEqual([])
  }
})

test('a phone of 360 px never scrolls sideways', async ({ browser }) => {
  const page = await windowFor(browser, people.admin, { width: 360, height: 640 })
  for (const path of [...paths, '/docs/api']) {
    await open(page, path)
    expect.soft(await page.evaluate(() => document.documentElement.scrollWidth), path).toBe(360)
  }
})

test('environments tell how a release gets to production, who may approve, and what is live, and the address keeps the choice', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Environments' }).click()
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText(/environments of \d applications/)
  await page.getByRole('navigation', { name: 'Application' }).getByRole('link', { name: 'GenAI' }).click()
  await expect(page).toHaveURL(/application=genai-platform/)
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText(/reaches production after staging/)
  const production = page.getByRole('region', { name: 'production' })
  await expect(production).toContainText('Could now: ')
  await expect(production).toContainText('manager@example.test')
  await expect(production.getByRole('table', { name: 'Live in production' }).getByRole('rowheader').first()).toBeVisible()
  await page.reload()
  await expect(page.getByRole('list', { name: /^Environments of/ })).toHaveCount(1)
})

test('a blueprint is planned in words and lines, and applied only by an admin who saw the plan', async ({ browser }) => {
  const path = '/applications/haystack?tab=blueprint'
  const before = (await api(people.admin, 'GET', '/applications/haystack/blueprint/stored')).body as { yaml: string; version: number }
  const title = `Haystack ${before.version + 1}`
  const changed = before.yaml.replace(/^( *title:).*$/m, `$1 ${title}`)

  const viewer = await windowFor(browser, people.viewer)
  await open(viewer, path)
  await viewer.getByRole('button', { name: 'Edit a copy' }).click()
  await viewer.getByLabel('Draft of the blueprint of haystack').fill(changed)
  await viewer.getByRole('button', { name: 'Plan', exact: true }).click()
  await expect(viewer.getByRole('region', { name: 'Plan' })).toContainText(`title becomes ${title}`)
  await expect(viewer.getByRole('button', { name: /^Apply 1 change/ })).toHaveAccessibleDescription(/needs the right to administer here.*admin can/)

  const admin = await windowFor(browser, people.admin)
  await open(admin, path)
  await admin.getByRole('button', { name: 'Edit a copy' }).click()
  const draft = admin.getByLabel('Draft of the blueprint of haystack')
  await expect(admin.getByRole('button', { name: 'Apply to haystack' })).toHaveAccessibleDescription(/plan it first/)
  await draft.fill(changed.replace('strategy:', 'stratgey:'))
  await admin.getByRole('button', { name: 'Plan', exact: true }).click()
  await expect(admin.getByRole('button', { name: /line \d+, column \d+.*stratgey/ }).first()).toBeVisible()
  expect(await findings(admin)).toEqual([])
  await draft.fill(changed)
  await admin.getByRole('button', { name: 'Plan', exact: true }).click()
  await expect(admin.getByRole('group', { name: 'Lines that change' })).toContainText(title)
  await draft.fill(`${changed}\n# later`)
  await expect(admin.getByRole('button', { name: /^Apply 1 change/ })).toHaveAccessibleDescription(/plan again/)
  await draft.fill(changed)
  expect(await findings(admin)).toEqual([])
  await admin.getByRole('button', { name: 'Apply 1 change to haystack' }).click()
  await admin.getByRole('dialog').getByRole('button', { name: 'Apply 1 change to haystack' }).click()
  await expect(admin.getByLabel('Blueprint of haystack')).toHaveValue(changed)
  await expect(admin.getByRole('region', { name: 'Blueprint' })).toContainText(`version ${before.version + 1}`)
  await expect(admin.getByRole('region', { name: 'Blueprint' })).toContainText('by Ada Admin: applied a blueprint with 1 change')

  const plan = await api(people.admin, 'POST', '/blueprints/plan', { yaml: before.yaml })
  expect((await api(people.admin, 'POST', '/blueprints/apply', { yaml: before.yaml, planHash: plan.body['planHash'] })).status).toBe(200)
})

test('an admin gives and takes a role; who may not sees why', async ({ browser }) => {
  const who = `new-${Date.now()}@example.test`
  const page = await windowFor(browser, people.admin)
  await open(page, '/settings')
  await page.getByRole('button', { name: 'Give somebody a role' }).click()
  const dialog = page.getByRole('dialog', { name: 'Give somebody a role' })
  await dialog.getByLabel('E-mail address').fill(who)
  await dialog.getByLabel('Role').selectOption('developer')
  await dialog.getByLabel('Application').selectOption('haystack')
  await dialog.getByLabel('Environment').selectOption('production')
  await expect(dialog).toContainText(`${who} has developer in haystack production.`)
  expect(await findings(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Give the roles' }).click()
  const row = page.getByRole('row', { name: new RegExp(who) })
  await expect(row).toContainText('developer in haystack production')
  await page.getByRole('button', { name: `Change the roles of ${who}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Remove role 1' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Replace the roles' }).click()
  await expect(row).toHaveCount(0)

  const viewer = await windowFor(browser, people.viewer)
  await open(viewer, '/settings')
  await expect(viewer.getByRole('button', { name: 'Give somebody a role' })).toHaveAccessibleDescription(/needs the right to administer somewhere.*admin can/)
})

test('a token is made, its secret shown once, used, and revoked', async ({ browser }) => {
  const name = `journey ${Date.now()}`
  const page = await windowFor(browser, people.developer)
  await open(page, '/settings?tab=tokens')
  await page.getByRole('button', { name: 'Make a token' }).click()
  const dialog = page.getByRole('dialog', { name: 'Make a token' })
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByLabel('Expires after').selectOption('7')
  expect(await findings(page)).toEqual([])
  await dialog.getByRole('button', { name: 'Make the token' }).click()
  const secret = await page.getByLabel(`Secret of ${name}`, { exact: true }).innerText()
  expect(secret).toMatch(/^slc_/)
  expect(await findings(page)).toEqual([])
  const me = () => page.request.get('/api/v1/me', { headers: { authorization: `Bearer ${secret}`, cookie: '' } })
  expect(((await (await me()).json()) as { token: string }).token).toBe(name)
  await page.reload()
  await expect(page.getByText(secret)).toHaveCount(0)
  const row = page.getByRole('row', { name: new RegExp(name) })
  await expect(row).toContainText('view, propose')
  await page.getByRole('button', { name: `Revoke ${name}` }).click()
  await page.getByRole('dialog').getByRole('button', { name: `Revoke ${name}` }).click()
  await expect(row).toContainText('Revoked')
  expect((await me()).status()).toBe(401)
})

test('the doctor is pressed once and read by all', async ({ browser }) => {
  const viewer = await windowFor(browser, people.viewer)
  await open(viewer, '/settings?tab=google')
  await expect(viewer.getByRole('button', { name: /^Check/ })).toHaveAccessibleDescription(/needs the right to administer somewhere/)
  const admin = await windowFor(browser, people.admin)
  await open(admin, '/settings?tab=google')
  await admin.getByRole('button', { name: /^Check/ }).click()
  await expect(admin.getByRole('region', { name: 'Answer' })).toContainText(/All \d+ targets could be read/)
  expect(await findings(admin)).toEqual([])
  await viewer.reload()
  await expect(viewer.getByRole('region', { name: 'Answer' })).toContainText(/All \d+ targets could be read/)
})

test('the doctor names a permission that only writing needs, and the role that has it', async ({ browser }) => {
  const page = await windowFor(browser, people.admin)
  const check = async () => {
    // A check younger than ten seconds would be answered as it is.
    await control('clock', { advanceMs: 11_000 })
    await open(page, '/settings?tab=google')
    await page.getByRole('button', { name: /^Check/ }).click()
  }
  await control('iam', { withheld: ['run.services.update'] })
  try {
    await check()
    await expect(page.getByRole('region', { name: 'Answer' })).toContainText(/targets? lacks? something that a rollout will need/)
    await expect(page.getByText(/lacks run\.services\.update, which releases need; roles\/run\.developer has it/).first()).toBeVisible()
    await expect(page.getByText(/--role=roles\/run\.developer/).first()).toBeVisible()
    expect(await findings(page)).toEqual([])
  } finally {
    await control('iam', { withheld: [] })
  }
  await check()
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText(/could be read, and .*written/)
})

test('a page names the reads it made, and each leads to its operation in the reference', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await open(page, '/environments?application=haystack')
  await page.getByText('The same by API').click()
  const line = page.getByLabel('curl for environments.list')
  await expect(line).toContainText('/api/v1/environments?application=haystack')
  await page.getByRole('link', { name: 'GET /api/v1/environments' }).click()
  await expect(page).toHaveURL(/docs\/api#environments\.list/)
  await expect(page.getByLabel('curl for environments.list')).toBeVisible()
  // The key is the page's own once its field is live; before that it is the whole product's.
  const field = page.getByRole('main').getByRole('searchbox')
  await expect(async () => {
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await expect(field).toBeFocused({ timeout: 1000 })
  }).toPass()
  await page.keyboard.type('rollback')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('status').filter({ hasText: /operations have/ })).toContainText('rollback')
  await expect(page.getByText('/targets/{id}/rollback', { exact: true })).toBeVisible()
})
