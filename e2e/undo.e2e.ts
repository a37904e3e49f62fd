import AxeBuilder from '@axe-core/playwright'
import { expect, type Locator, type Page, test } from './support/test.ts'
import { Canary, straight } from './support/canary.ts'
import { api, people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

test.describe.configure({ mode: 'serial' })
const guarded = new Canary('undo')
const open = new Canary('undo-open', straight)

test.beforeAll(async () => {
  await guarded.begin()
  await guarded.guard(2)
})

/** What was just done, with the way to take it back. */
const offer = (page: Page, word: string): Locator => page.getByRole('status').filter({ has: page.getByRole('button') }).filter({ hasText: word })
const confirm = (page: Page, name: RegExp) => page.getByRole('dialog').getByRole('button', { name }).click()
const promotion = async (id: string) => (await api(people.viewer, 'GET', `/promotions/${id}`)).body

async function expectClean(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect.soft(violations.map((v) => `${colorScheme} ${v.id}: ${v.nodes[0]?.html}`)).toEqual([])
  }
}

test('a promotion just asked for is cancelled by one press', async ({ browser }) => {
  const page = await windowFor(browser, people.developer)
  await page.goto(`/releases/${await guarded.release('v1.1.0')}`)
  await page.getByRole('button', { name: 'Promote to production…' }).click()
  await confirm(page, /^Promote v1\.1\.0 to production/)
  await page.waitForURL(/\/promotions\//)
  await expectClean(page)
  await offer(page, 'Asked for').getByRole('button', { name: 'Cancel request' }).click()
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText('was cancelled')
  await expect(offer(page, 'Asked for')).toHaveCount(0)
})

test('an approval is withdrawn before the rollout starts: it counts no more, and the record of it stays', async ({ browser }) => {
  const id = await guarded.ask('v1.2.0')
  const page = await windowFor(browser, people.manager)
  const approve = page.getByRole('button', { name: /^Approve/ })
  await page.goto(`/promotions/${id}`)
  await approve.click()
  await confirm(page, /^Approve/)
  await expectClean(page)
  await offer(page, 'Approved').getByRole('button', { name: 'Withdraw my approval' }).click()
  await expect(page.getByRole('region', { name: 'Approvals' })).toContainText(/Void.*withdrawn by/)
  await expect(offer(page, 'Approved')).toHaveCount(0)
  await expect(approve).toBeEnabled()
  expect((await promotion(id))['unmet']).toMatchObject([{ code: 'approvals', message: expect.stringContaining('0 of 2') as unknown }])
  // Later it is no undo any more, and still possible: by its own button, until it starts.
  await approve.click()
  await confirm(page, /^Approve/)
  await page.reload()
  await expect(page.getByRole('button', { name: 'Withdraw my approval' })).toHaveCount(1)
  const other = await windowFor(browser, people.manager2)
  await other.goto(`/promotions/${id}`)
  await expect(other.getByRole('button', { name: /^Approve/ })).toBeEnabled()
  await expect(other.getByRole('button', { name: 'Withdraw my approval' })).toHaveCount(0)
  expect((await api(people.developer, 'POST', `/promotions/${id}/cancel`, {})).status).toBe(200)
})

test('a veto is taken back', async ({ browser }) => {
  const id = await guarded.release('v1.3.0')
  const page = await windowFor(browser, people.manager)
  await page.clock.install()
  await page.goto(`/releases/${id}`)
  const veto = async () => {
    await page.getByRole('button', { name: 'Veto v1.3.0…' }).click()
    await page.getByRole('dialog').getByLabel('Reason').fill('it leaks')
    await confirm(page, /^Veto v1\.3\.0/)
  }
  const back = offer(page, 'Vetoed').getByRole('button', { name: 'Take the veto back' })
  await veto()
  await expectClean(page)
  await back.click()
  await expect(page.getByRole('button', { name: 'Veto v1.3.0…' })).toBeVisible()
  expect((await api(people.viewer, 'GET', `/releases/${id}`)).body['state']).toBe('active')
  // The offer is for a minute; after that it is a decision of its own.
  await veto()
  await expect(back).toBeVisible()
  await page.clock.fastForward('01:05')
  await expect(back).toHaveCount(0)
  await expect(page.getByRole('button', { name: 'Take the veto back v1.3.0…' })).toBeVisible()
})

test('a pause is resumed, and nothing is offered that is not legal any more', async ({ browser }) => {
  await guarded.guard(1)
  const asked = await guarded.ask('v1.4.0')
  const page = await windowFor(browser, people.manager)
  await page.goto(`/promotions/${asked}`)
  await page.getByRole('button', { name: /^Approve/ }).click()
  await confirm(page, /^Approve/)
  const { id } = await guarded.reachTenPercent(await guarded.rolloutOf(asked))
  await expect(offer(page, 'Approved'), 'it has started').toHaveCount(0)
  await page.goto(`/rollouts/${id}`)
  await page.getByRole('button', { name: /^Pause/ }).click()
  await offer(page, 'Paused').getByRole('button', { name: /^Resume/ }).click()
  await expect.poll(async () => (await guarded.rollout(id)).state).toBe('running')
  await expect(offer(page, 'Paused')).toHaveCount(0)
})

test('a split by hand is followed by the one before, previewed and confirmed as any other', async ({ browser }) => {
  await open.begin()
  const done = await open.drive(await open.ship('v1.1.0'), (r) => r.state === 'succeeded')
  const [older, newer] = [done.stable?.revision ?? '', done.candidate?.revision ?? '']
  const page = await windowFor(browser, people.manager)
  await page.goto(`/targets/${open.targetId}`)
  await page.getByLabel(`Percent to ${newer}`).fill('90')
  await page.getByLabel('Add a revision').selectOption(older)
  await page.getByLabel(`Percent to ${older}`).fill('10')
  await page.getByRole('button', { name: /^Send/ }).click()
  await page.getByRole('dialog').getByLabel('Reason').fill('a tenth to compare')
  await confirm(page, /^Send 90% to/)
  await page.waitForURL(/\/rollouts\//)
  const back = offer(page, 'Written').getByRole('button', { name: /^Back to 100% to/ })
  await expect(back).toBeVisible()
  expect(await open.live()).toEqual({ [older]: 10, [newer]: 90 })
  await expectClean(page)
  const before = page.url()
  await back.click()
  await expect(page.getByRole('dialog')).toContainText('Exactly this is written')
  await confirm(page, /^Send 100% to/)
  await page.waitForURL((url) => url.href !== before)
  await expect(page.getByText(/Read back 100/)).toBeVisible()
  expect(await open.live()).toEqual({ [newer]: 100 })
})

test('a token just made is revoked', async ({ browser }) => {
  const name = `undo ${Date.now()}`
  const page = await windowFor(browser, people.developer)
  await page.goto('/settings?tab=tokens')
  await page.getByRole('button', { name: 'Make a token' }).click()
  await page.getByRole('dialog').getByLabel('Name').fill(name)
  await confirm(page, /^Make the token/)
  await offer(page, 'Made').getByRole('button', { name: `Revoke ${name}` }).click()
  await expect(page.getByRole('row', { name: new RegExp(name) })).toContainText('Revoked')
  await expect(page.getByLabel(`Secret of ${name}`, { exact: true })).toHaveCount(0)
})
