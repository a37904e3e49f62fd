import AxeBuilder from '@axe-core/playwright'
import { Canary } from './support/canary.ts'
import { control, people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'
import { expect, test } from './support/test.ts'

test.describe.configure({ mode: 'serial' })

const rules = '{ name: errors, compare: { metric: error_rate, alpha: 0.5% }, mode: rollback }, { name: latency, compare: { metric: latency, alpha: 0.5% }, mode: ask }'
const app = new Canary('verdicts', undefined, rules)
const hourMs = 3_600_000

test.beforeAll(async () => {
  await app.begin()
  // Stable's past, by which the latency of both arms is cut into buckets.
  await control('clock', { advanceMs: hourMs })
})

test('a release that fails more than stable comes back, and the page shows why anybody should believe it', async ({ browser }) => {
  const { id } = await app.drive(await app.ship('v1.2.0-err5'), (r) => r.state === 'rolled_back')
  const page = await windowFor(browser, people.onCall)
  await page.goto(`/rollouts/${id}`)
  await expect(page.getByText(/The candidate is worse than stable: [\d,]+ of [\d,]+ \(\d.*\) failed on the candidate/i).first()).toBeVisible()
  const row = page.getByRole('row', { name: /^errors / })
  await expect(row).toContainText('past the line')
  await expect(row).toContainText('roll back')
  const evidence = page.getByRole('img', { name: 'Evidence against the candidate, errors' })
  await expect(evidence).toHaveAccessibleDescription(/Past the line after \d+ looks?\. A release no worse than stable ever crosses it in 0\.50% of rollouts at most/)
  await page.getByRole('region', { name: 'Against stable' }).getByText('Same figures as a table').first().click()
  await expect(page.getByRole('table', { name: /Evidence of errors after each look/ })).toContainText('%')
  await expect(page.getByRole('img', { name: 'Latency of both arms, over each other' })).toHaveAccessibleDescription(/[\d,]+ of the candidate, [\d,]+ of stable/)
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
  await page.setViewportSize({ width: 360, height: 640 })
  await expect(evidence).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
})

test('other rules are tried on what was recorded, and the same text gives the same answer', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await page.goto(`/targets/${app.targetId}`)
  const past = page.getByRole('row', { name: /^v1\.2\.0-err5 Rolled back/ })
  await expect(past).toContainText('errors')
  await page.getByRole('link', { name: 'Try other rules on them' }).click()
  const rules = page.getByLabel('Rules to replay')
  await expect(rules).toHaveValue(/compare:/)
  const said = page.getByRole('status').filter({ hasText: 'these rules stop' })
  await expect(said).toContainText('Of 1 that a rule took back or asked about, these rules stop 1')
  const replay = page.getByRole('button', { name: 'Replay on the last rollouts' })
  await rules.fill('rules: [{ name: half, threshold: { metric: error_rate, max: 50%, over: 5m, minRequests: 50 }, mode: rollback }]')
  await replay.click()
  await expect(said).toContainText('Of 1 that a rule took back or asked about, these rules stop 0')
  await page.getByLabel('Begin with the rules of').selectOption('steps')
  await expect(rules).toHaveValue(/compare:/)
  await expect(said).toContainText('Of 1 that a rule took back or asked about, these rules stop 1')
  await rules.fill('rules: [{ name: half, treshold: {} }]')
  await replay.click()
  await expect(page.getByRole('alert').filter({ hasText: 'One mistake in the text' })).toContainText('unknown field "treshold"; the nearest is "threshold"')
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([])
})

test('a service that few ask waits, then asks with what is still needed, and a person goes on', async ({ browser }) => {
  await control('load', { service: app.service, requestsPerSecond: 0.008 })
  const { id } = await app.atTenPercent('v1.3.0')
  // As long as the strategy waits for data.
  await control('clock', { advanceMs: hourMs / 2 })
  await app.drive(id, (r) => r.state === 'held')
  const page = await windowFor(browser, people.manager)
  await page.goto(`/rollouts/${id}`)
  await expect(page.getByText(/[\d,]+ of [\d,]+ requests of the candidate: about [\d,]+ more requests, .* at 10%, .* at 50%/i).first()).toBeVisible()
  await expect(page.getByText(/goes on by itself should that come to be enough/)).toContainText(/ask the candidate itself.*http/)
  await page.getByRole('button', { name: /^Send 50% to/ }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Reason').fill('seen by hand')
  await dialog.getByRole('button', { name: /^Send 50% to/ }).click()
  await expect(page.getByText('50% now')).toBeVisible()
})
