import AxeBuilder from '@axe-core/playwright'
import type { Request } from './support/test.ts'
import { Canary } from './support/canary.ts'
import { moveTraffic } from './support/outsider.ts'
import { api, control, people, until } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'
import { expect, type Page, test } from './support/test.ts'

test.describe.configure({ mode: 'serial' })
const app = new Canary('honest')
let promotion = ''

test.beforeAll(async () => {
  await app.begin()
  await app.guard()
  promotion = await app.ask('v1.1.0')
})

/** In light, and what the dark changes. */
async function expectClean(page: Page, state: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const axe = new AxeBuilder({ page }).options({ resultTypes: ['violations'] })
    const { violations } = await (colorScheme === 'dark' ? axe.withRules(['color-contrast']) : axe).analyze()
    expect.soft(violations.map((v) => `${v.id}: ${v.nodes[0]?.html}`), `${state}, ${colorScheme}`).toEqual([])
  }
}

/** Another tab comes to the front, or this one again; answers whether the button is off in the first picture. */
const turn = (page: Page, visibilityState: 'hidden' | 'visible', button: RegExp) =>
  page.evaluate(async ([state, name]) => {
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state })
    document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))
    await Promise.resolve()
    const found = [...document.querySelectorAll('button')].find((b) => new RegExp(name).test(b.textContent))
    return found?.getAttribute('aria-disabled') === 'true'
  }, [visibilityState, button.source] as const)

const approve = (page: Page) => page.getByRole('button', { name: /^Approve/ })
const tooOld = /too old to act on; it opens again after a read/

/** Reads of this page that have no answer yet. */
function readsOf(page: Page): Set<Request> {
  const open = new Set<Request>()
  page.on('request', (r) => void (r.url().includes('/api/v1/') && open.add(r)))
  page.on('requestfinished', (r) => void open.delete(r))
  page.on('requestfailed', (r) => void open.delete(r))
  return open
}

/** Cuts the line for longer than any page stays fresh. An answer that was on its way counts as read: it is waited for first. */
async function cutOff(page: Page, reads: Set<Request>, isOld: (timeout: number) => Promise<void>): Promise<void> {
  await page.context().setOffline(true)
  await expect.poll(() => reads.size).toBe(0)
  await expect(async () => {
    await page.clock.fastForward('03:00')
    await isOld(1_000)
  }).toPass()
}

test('a promotion that was not read for long is not decided on: without its stream, hidden for half an hour, and cut off', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  const reads = readsOf(page)
  await page.clock.install()
  const isRead = (r: Request) => r.url().endsWith(`/api/v1/promotions/${promotion}`)

  // The stream alone is cut: the page says so, goes on reading, and finds the stream again by itself.
  const wire = await page.context().newCDPSession(page)
  await wire.send('Network.enable')
  await wire.send('Network.setBlockedURLs', { urls: ['*/api/events'] })
  await page.goto(`/promotions/${promotion}`)
  await expect(approve(page)).toBeEnabled()
  await page.clock.fastForward('00:07')
  await expect(page.getByText('Not connected')).toBeVisible()
  const polled = page.waitForRequest(isRead)
  await page.clock.fastForward('00:04')
  await polled
  await wire.send('Network.setBlockedURLs', { urls: [] })
  await expect(async () => {
    await page.clock.fastForward('00:06')
    await expect(page.getByText('Not connected')).toBeHidden({ timeout: 500 })
  }).toPass()
  await expect(approve(page)).toBeEnabled()

  await turn(page, 'hidden', /^Approve/)
  // What was on its way is read, and opens the button rightly.
  await expect.poll(() => reads.size).toBe(0)
  // A sleeping tab's timers do not run: the time is another one all at once.
  await page.clock.setSystemTime(Date.now() + 1_800_000)
  const read = page.waitForRequest(isRead)
  expect(await turn(page, 'visible', /^Approve/), 'Approve is off before anything was read').toBe(true)
  await read
  await expect(approve(page)).toBeEnabled()

  // Asleep with a question on its way: the answer tells of the time before, so it is asked again at once, before any poll.
  const latency = (ms: number) => wire.send('Network.emulateNetworkConditions', { offline: false, latency: ms, downloadThroughput: -1, uploadThroughput: -1 })
  await expect.poll(() => reads.size).toBe(0)
  await latency(2_000)
  const [asked] = await Promise.all([page.waitForRequest(isRead), turn(page, 'visible', /^Approve/)])
  await page.clock.setSystemTime(Date.now() + 3_600_000)
  const again = page.waitForRequest((r) => r !== asked && isRead(r))
  await asked.response()
  const answered = Date.now()
  await again
  expect(Date.now() - answered, 'not by the poll ten seconds later').toBeLessThan(5_000)
  await latency(0)
  await expect(approve(page)).toBeEnabled()

  await cutOff(page, reads, (timeout) => expect(approve(page)).toHaveAccessibleDescription(tooOld, { timeout }))
  await expect(approve(page)).toBeDisabled()
  await expect(page.getByRole('button', { name: /^Reject/ })).toBeEnabled()
  await page.getByRole('button', { name: 'Read now' }).click()
  await expect(async () => {
    await page.clock.fastForward('00:07')
    await expect(page.getByText('Not connected')).toBeVisible({ timeout: 500 })
    await expect(page.getByRole('button', { name: 'Read now (the last try failed)' })).toBeVisible({ timeout: 500 })
  }).toPass()
  await page.context().setOffline(false)
  await expect(page.getByText('Not connected')).toBeHidden()
  await expect(page.getByText('Stale')).toBeHidden()
  await expect(approve(page)).toBeEnabled()
})

/** Opens the question of Approve without a mouse. */
async function askByKeyboard(page: Page): Promise<void> {
  await page.goto(`/promotions/${promotion}`)
  await expect(approve(page)).toBeEnabled()
  await expect(async () => {
    await page.keyboard.press('Tab')
    await expect(approve(page)).toBeFocused({ timeout: 50 })
  }).toPass({ intervals: [0] })
  await page.keyboard.press('Enter')
  await expect(page.getByRole('dialog').getByRole('button', { name: /^Approve/ })).toBeFocused()
}

test('two approve at once, by keyboard and twice each: it starts once, each counts once, and both see who', async ({ browser }) => {
  const pages = [await windowFor(browser, people.manager), await windowFor(browser, people.manager2)]
  for (const page of pages) await askByKeyboard(page)
  await Promise.all(pages.flatMap((page) => [page.keyboard.press('Enter'), page.keyboard.press('Enter')]))
  await app.rolloutOf(promotion)
  for (const page of pages) {
    const dialog = page.getByRole('dialog')
    await expect.poll(async () => (await dialog.count()) === 0 || (await dialog.getByRole('alert').count()) === 1).toBe(true)
    await page.keyboard.press('Escape')
    await expect(dialog).toBeHidden()
  }
  const { body } = await api(people.viewer, 'GET', `/promotions/${promotion}`)
  const names = (body['approvals'] as { person: string }[]).map((a) => a.person)
  expect(names.length).toBeGreaterThan(0)
  expect(new Set(names).size, 'one person counts once').toBe(names.length)
  expect(body['rollouts']).toHaveLength(1)
  for (const page of pages) for (const name of names) await expect(page.getByRole('region', { name: 'Approvals' })).toContainText(name)
})

test('a rollout that moved on under an open question refuses it and says what changed; too old, only the way back stays open', async ({ browser }) => {
  const { id, stable, candidate } = await app.reachTenPercent(await app.rolloutOf(promotion))
  const page = await windowFor(browser, people.manager)
  const reads = readsOf(page)
  await page.clock.install()
  await page.goto(`/rollouts/${id}`)
  await page.getByRole('button', { name: /^Send 50% to/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('enough seen')
  await moveTraffic(app.service, { [stable?.revision ?? '']: 60, [candidate?.revision ?? '']: 40 })
  const before = await app.writes()
  // The engine looks every 10 s.
  await control('clock', { advanceMs: 11_000 })
  await until('it is held', async () => (await app.rollout(id)).state === 'held')
  await dialog.getByRole('button', { name: /^Send 50% to/ }).click()
  await expect(dialog.getByRole('alert')).toContainText(/moved on since you read it, and nothing was done\. Held: .*40/)
  expect(await app.writes()).toEqual(before)
  await page.keyboard.press('Escape')

  const adopt = page.getByRole('button', { name: /^Adopt \d/ })
  await expect(adopt).toBeEnabled()
  await cutOff(page, reads, (timeout) => expect(adopt).toHaveAccessibleDescription(tooOld, { timeout }))
  await expect(adopt).toBeDisabled()
  for (const name of [/^Restore/, /^Abort/, /^Roll back/]) await expect(page.getByRole('button', { name })).toBeEnabled()
  await expectClean(page, 'held and stale')
  // Back online it reads by itself, which may be before anybody could press Read now.
  await page.context().setOffline(false)
  await expect(adopt).toBeEnabled()

  await page.getByRole('button', { name: /^Roll back/ }).click()
  await dialog.getByRole('button', { name: /^Send 100% to/ }).dblclick()
  await page.waitForURL((url) => url.pathname.startsWith('/rollouts/') && !url.pathname.endsWith(id))
  await expect(page.getByText(/100% is back on .*, read back/).first()).toBeVisible()
  expect(await app.live()).toEqual({ [stable?.revision ?? '']: 100 })
  expect(await app.writes()).toHaveLength(before.length + 1)
})

test('axe finds nothing in a page that is empty, could not read, or is too old', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await page.goto('/releases?q=nothing-is-called-so')
  await expect(page.getByText(/^No release/)).toBeVisible()
  await expectClean(page, 'empty')

  await page.goto('/rollouts?state=nonsense')
  await expect(page.getByRole('alert').filter({ hasText: 'Cannot read' })).toContainText('state is one of')
  await expectClean(page, 'could not read')

  const reads = readsOf(page)
  await page.clock.install()
  await page.goto('/')
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await cutOff(page, reads, (timeout) => expect(page.getByText('Each page reads before it lets you act.')).toBeVisible({ timeout }))
  await expectClean(page, 'overview, stale')
  await page.context().setOffline(false)
  await expect(page.getByText('Each page reads before it lets you act.')).toBeHidden()
})

test('places where rules, roles and blueprints are shown are as honest: too old, they say so, grey, and change nothing', async ({ browser }) => {
  test.setTimeout(240_000)
  const page = await windowFor(browser, people.admin)
  const reads = readsOf(page)
  await page.clock.install()
  const [release] = (await api(people.viewer, 'GET', '/releases?application=genai-platform&limit=1')).body['items'] as { id: string }[]
  const places: { path: string; off?: RegExp; press?: string }[] = [
    { path: `/releases/${release?.id}`, off: /^Veto/ },
    { path: '/applications' },
    { path: '/applications/genai-platform' },
    { path: '/applications/genai-platform?tab=blueprint', press: 'Edit a copy', off: /^Apply to/ },
    { path: '/environments?application=genai-platform' },
    { path: '/settings', off: /^Give somebody a role/ },
    { path: '/settings?tab=tokens', off: /^Make a token/ },
    { path: '/settings?tab=google', off: /^Check/ },
  ]
  for (const { path, off, press } of places) {
    await page.goto(path)
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
    await expect(page.getByText(/^As of \d/).first()).toBeVisible()
    if (press) await page.getByRole('button', { name: press }).click()
    const strip = page.getByRole('status').filter({ hasText: /This was read more than 100 s ago/ })
    await expect(strip).toHaveCount(0)
    await cutOff(page, reads, (timeout) => expect(strip).toBeVisible({ timeout }))
    await expect(strip.getByRole('button', { name: /^Read now/ })).toBeVisible()
    if (off) await expect(page.getByRole('button', { name: off })).toHaveAccessibleDescription(tooOld)
    await expectClean(page, `${path}, stale`)
    await page.context().setOffline(false)
    await expect(strip).toHaveCount(0)
    if (off) await expect(page.getByRole('button', { name: off })).not.toHaveAccessibleDescription(tooOld)
  }
})
