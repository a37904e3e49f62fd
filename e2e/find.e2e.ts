import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from './support/test.ts'
import { api, people } from './support/product.ts'
import { comesAlive, windowFor } from './support/sign-in.ts'

type Release = { id: string; version: string; commit: string; application: string; artifacts: { digest: string }[] }
const listed = async <T>(route: string): Promise<T[]> => (await api(people.viewer, 'GET', route)).body['items'] as T[]
async function newest(): Promise<Release> {
  const [release] = await listed<Release>('/releases?application=convergence&limit=1')
  if (!release) throw new Error('the seed made no release of convergence')
  return release
}

const findings = async (page: Page, axe = new AxeBuilder({ page })) => (await axe.analyze()).violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`)

async function open(page: Page, path: string): Promise<void> {
  const alive = comesAlive(page)
  await page.goto(path)
  await alive
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('status', { name: 'reading' })).toHaveCount(0)
}
const field = (page: Page) => page.getByRole('combobox', { name: 'Find anything' })
const options = (page: Page) => page.getByRole('option')

async function find(page: Page, text: string): Promise<void> {
  await page.keyboard.press('ControlOrMeta+k')
  await expect(field(page)).toBeFocused()
  await page.keyboard.type(text)
}

test('a part of a version, of a digest or of a commit, then Enter: the release', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  const r = await newest()
  const digest = r.artifacts[0]?.digest ?? ''
  for (const text of [r.version, digest.slice(0, 19), digest.slice(7, 19), r.commit.slice(0, 8)]) {
    await open(page, '/audit')
    await find(page, `${text} ${text === r.version ? 'convergence' : ''}`)
    // At once, before the answer can be there: Enter means the first find of these words.
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(new RegExp(`/releases/${r.id}$`))
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Release ${r.version}`)
  }
})

test('typed before the palette is there, the letters are its and press nothing on the page', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  const target = (await listed<{ id: string }>('/targets?application=genai-platform&environment=production&limit=1'))[0]?.id
  // A network as on a train: the palette's part, which is asked for once the page rests, comes long after the keys were pressed.
  const network = await page.context().newCDPSession(page)
  await network.send('Network.enable')
  // The page that was open before has brought that part along already.
  await network.send('Network.setCacheDisabled', { cacheDisabled: true })
  const slow = (latency: number) => network.send('Network.emulateNetworkConditions', { offline: false, latency, downloadThroughput: -1, uploadThroughput: -1 })
  await slow(2_000)
  const alive = comesAlive(page)
  await page.goto(`/targets/${target}`, { waitUntil: 'commit' })
  await alive
  await page.keyboard.press('ControlOrMeta+k')
  await page.keyboard.type('rollo')
  expect(await field(page).count()).toBe(0)
  await slow(0)
  await expect(field(page)).toHaveValue('rollo')
  await expect(page.getByRole('dialog')).toHaveCount(1)
  await expect(options(page).first()).toHaveText(/Rollouts/)
})

test('arrows choose, Esc leaves and gives the focus back', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  await page.getByRole('button', { name: 'Find anything' }).click()
  await expect(field(page)).toBeFocused()
  await field(page).fill('convergence')
  await expect(page.getByRole('group', { name: 'Applications' }).getByRole('option')).toHaveCount(1)
  await page.keyboard.press('ArrowDown')
  const second = options(page).nth(1)
  await expect(second).toHaveAttribute('aria-selected', 'true')
  expect(await field(page).getAttribute('aria-activedescendant')).toBe(await second.getAttribute('id'))
  await page.keyboard.press('Escape')
  await expect(field(page)).toBeHidden()
  await expect(page.getByRole('button', { name: 'Find anything' })).toBeFocused()
})

test('what may not be seen is not found', async ({ browser }) => {
  const email = `find-${Date.now()}@example.test`
  const put = await api(people.admin, 'PUT', '/bindings', { person: email, bindings: [{ role: 'viewer', application: 'haystack' }] })
  expect(put.status).toBe(200)
  const r = await newest()
  const asked = async (who: string, q: string) => ((await api(who, 'GET', `/search?q=${encodeURIComponent(q)}`)).body['items'] as { application: string }[]).map((i) => i.application)
  expect(await asked(people.viewer, r.commit)).toContain('convergence')
  for (const q of [r.commit, r.artifacts[0]?.digest ?? '', r.id, 'convergence']) expect(await asked(email, q)).toEqual([])
  expect(new Set(await asked(email, 'haystack'))).toEqual(new Set(['haystack']))
  // The palette shows what that answers; where it is nothing, it says so in the same words to everybody.
  const page = await windowFor(browser, people.viewer)
  await find(page, 'zzz-nothing-zzz')
  await expect(page.getByText('Nothing that you may see fits.')).toBeVisible()
})

test('roll back, found by what it is called, opens the target with its question', async ({ browser }) => {
  const page = await windowFor(browser, people.onCall, { width: 360, height: 640 })
  await page.getByRole('banner').getByRole('button', { name: 'Find anything' }).click()
  await field(page).fill('roll back genai production')
  await options(page).filter({ hasText: /^Roll back .* in production…/ }).first().click()
  await expect(page).toHaveURL(/\/targets\/[0-9a-f-]+$/)
  await expect(page.getByRole('dialog', { name: /^Roll back .* in production\?$/ })).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
  await page.keyboard.press('Escape')
  // The address asked once: coming back does not ask again.
  await page.reload()
  await expect(page.getByRole('button', { name: /^Roll back/ })).toBeVisible()
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('promote a version, and what this page offers, by words', async ({ browser }) => {
  const page = await windowFor(browser, people.developer)
  const r = await newest()
  await find(page, `promote ${r.version} to stag`)
  await page.getByRole('option', { name: `Promote ${r.version} to staging… Convergence` }).click()
  await expect(page.getByRole('dialog', { name: `Promote ${r.version} to staging?` })).toBeVisible()
  await page.keyboard.press('Escape')
  await find(page, 'promote')
  await expect(page.getByRole('group', { name: 'Go and do' }).getByRole('option', { name: `Promote ${r.version} to staging…` })).toBeVisible()
  await field(page).fill('theme: dark')
  await page.keyboard.press('Enter')
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark')
})

test('J and K move through releases, Enter opens, Esc leaves; a field takes all letters', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await open(page, '/releases')
  const names = page.getByRole('rowheader').getByRole('link')
  for (const [key, at] of [['j', 0], ['j', 1], ['j', 2], ['k', 1]] as const) {
    await page.keyboard.press(key)
    await expect(names.nth(at)).toBeFocused()
  }
  await page.keyboard.press('Escape')
  await expect(names.nth(1)).not.toBeFocused()
  await page.keyboard.press('/')
  const search = page.getByRole('searchbox', { name: 'Version, commit or digest' })
  await expect(search).toBeFocused()
  await page.keyboard.type('jk?gr/')
  await expect(search).toHaveValue('jk?gr/')
  await expect(page).toHaveURL(/q=jk/)
  await search.fill('')
  await page.keyboard.press('Escape')
  await expect(search).not.toBeFocused()
  await expect(page).not.toHaveURL(/q=/)
  await expect(names.first()).toBeVisible()
  await page.keyboard.press('j')
  const href = await names.first().getAttribute('href')
  await page.keyboard.press('Enter')
  await expect(page).toHaveURL(new RegExp(`${href}$`))
})

test('G and a letter go to places; after G no key is an action', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  for (const [key, path] of [['a', '/applications'], ['r', '/releases'], ['p', '/promotions'], ['l', '/rollouts'], ['u', '/audit'], ['o', '/']] as const) {
    await page.keyboard.press('g')
    await expect(page.getByRole('status').filter({ hasText: 'G then' })).toBeVisible()
    await page.keyboard.press(key)
    await expect(page).toHaveURL((url) => url.pathname === path)
  }
  const target = (await listed<{ id: string }>('/targets?application=genai-platform&environment=production&limit=1'))[0]?.id
  await open(page, `/targets/${target}`)
  await page.getByRole('button', { name: /^Roll back/ }).waitFor()
  await page.keyboard.press('g')
  await page.keyboard.press('r')
  await expect(page).toHaveURL(/\/releases$/)
  await expect(page.getByRole('dialog')).toHaveCount(0)
})

test('? shows the keys that are live on this page, and only those', async ({ browser }) => {
  const page = await windowFor(browser, people.onCall)
  const sheet = page.getByRole('dialog', { name: 'Keys of this page' })
  await open(page, '/releases')
  await page.keyboard.press('?')
  await expect(sheet).toContainText('Find in this list')
  await expect(sheet).toContainText('Next row')
  await expect(sheet).not.toContainText('Roll back')
  await page.keyboard.press('Escape')
  const target = (await listed<{ id: string }>('/targets?application=genai-platform&environment=production&limit=1'))[0]?.id
  await open(page, `/targets/${target}`)
  await page.getByRole('button', { name: /^Roll back/ }).waitFor()
  await page.keyboard.press('?')
  await expect(sheet.getByRole('region', { name: 'On this page' })).toContainText('Roll back')
  await expect(sheet).toContainText('Find anything')
  await expect(sheet).not.toContainText('Find in this list')
})

test('the sheet of keys gives the focus back to where it was, also when the palette opened it', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  const sheet = page.getByRole('dialog', { name: 'Keys of this page' })
  await open(page, '/releases')
  const row = page.getByRole('rowheader').getByRole('link').nth(1)
  await page.keyboard.press('j')
  await page.keyboard.press('j')
  await expect(row).toBeFocused()
  await page.keyboard.press('?')
  await expect(sheet).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await expect(row).toBeFocused()
  await find(page, 'keys of this page')
  await page.keyboard.press('Enter')
  await expect(sheet).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(sheet).toBeHidden()
  await expect(row).toBeFocused()
})

test('axe finds nothing in the palette and the sheet, in light and dark', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    await open(page, '/releases')
    await find(page, 'convergence')
    await expect(page.getByRole('group', { name: 'Targets' })).toBeVisible()
    // What an earlier text found is dimmed until the next is there.
    await expect(page.getByRole('listbox')).not.toHaveAttribute('aria-busy')
    expect.soft(await findings(page), `palette, ${colorScheme}`).toEqual([])
    await field(page).fill('zzz-nothing-zzz')
    await expect(page.getByText('Nothing that you may see fits.')).toBeVisible()
    await expect(page.getByRole('listbox')).not.toHaveAttribute('aria-busy')
    expect.soft(await findings(page), `nothing found, ${colorScheme}`).toEqual([])
    await page.keyboard.press('Escape')
    await page.keyboard.press('?')
    await expect(page.getByRole('dialog', { name: 'Keys of this page' })).toBeVisible()
    expect.soft(await findings(page), `keys, ${colorScheme}`).toEqual([])
    await page.keyboard.press('Escape')
  }
})
