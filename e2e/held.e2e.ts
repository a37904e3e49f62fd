import { expect, test } from './support/test.ts'
import { Canary } from './support/canary.ts'
import { moveTraffic } from './support/outsider.ts'
import { control, people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

test.describe.configure({ mode: 'serial' })
const app = new Canary('held')
test.beforeAll(() => app.begin())

test('what the provider refused is held with its words, and Try again goes on once it is cured', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  const fault = (await control('faults', { rpc: 'UpdateService', service: app.slug, kind: 'error', status: 403 })) as { id: string }
  const id = await app.ship('v1.1.0')
  try {
    await page.goto(`/rollouts/${id}`)
    await expect(page.getByText(/The provider refused/)).toBeVisible()
    await expect(page.getByText(/does not have permission/).first()).toBeVisible()
    expect(await app.rollout(id)).toMatchObject({ state: 'held', holdReason: { code: 'provider_error' } })
  } finally {
    await control(`faults?id=${fault.id}`, undefined, 'DELETE')
  }
  await page.getByRole('button', { name: 'Try again' }).click()
  await expect(page.getByText(/The provider refused/)).toBeHidden()
  await app.drive(id, (r) => r.state === 'succeeded')
  await expect(page.getByText('v1.1.0 serves 100% of api in production, read back').first()).toBeVisible()
})

test('what somebody changes with their own tool is held, and Adopt goes on from there without a write', async ({ browser }) => {
  const page = await windowFor(browser, people.manager)
  const { id, stable, candidate } = await app.atTenPercent('v1.2.0')
  const changed = { [stable?.revision ?? '']: 60, [candidate?.revision ?? '']: 40 }
  await page.goto(`/rollouts/${id}`)
  await moveTraffic(app.service, changed)
  // The engine looks every 10 s.
  await control('clock', { advanceMs: 11_000 })
  await expect(page.getByText(/Changed outside/)).toBeVisible()
  await expect(page.getByText('10% → 40%').first()).toBeVisible()
  const before = await app.writes()
  await page.getByRole('button', { name: /^Adopt \d/ }).click()
  await page.getByRole('dialog').getByRole('button', { name: /^Adopt \d/ }).click()
  await expect(page.getByText('40% now')).toBeVisible()
  await expect(page.getByText(/Changed outside/)).toBeHidden()
  expect(await app.live()).toEqual(changed)
  expect(await app.writes()).toEqual(before)
  await app.drive(id, (r) => r.state === 'succeeded')
  expect(await app.live()).toEqual({ [candidate?.revision ?? '']: 100 })
})
