import AxeBuilder from '@axe-core/playwright'
import { expect, type Page, test } from './support/test.ts'
import { api, control, people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

type Item = { id: string; kind: string }
const itemsOf = async (route: string): Promise<Item[]> => (await api(people.viewer, 'GET', route)).body['items'] as Item[]
const targetOf = async (application: string, environment: string) => (await itemsOf(`/targets?application=${application}&environment=${environment}&limit=1`))[0]?.id ?? ''
const charts = ['Requests per second', '5xx rate', 'Latency, p95 and p50'] as const

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  await expect(page.getByRole('status', { name: 'reading' })).toHaveCount(0)
}

/** In both themes, with what the test has opened. */
async function expectClean(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    const { violations } = await new AxeBuilder({ page }).analyze()
    expect(violations.map((v) => `${colorScheme} ${v.id}: ${v.nodes[0]?.html}`)).toEqual([])
  }
}

test('a target shows what it answered as sentence, picture and table, over a window that is in the address', async ({ browser }) => {
  const page = await windowFor(browser, people.onCall)
  await open(page, `/targets/${await targetOf('haystack', 'production')}`)
  const section = page.getByRole('region', { name: 'Last six hours' })
  for (const name of charts) {
    const picture = section.getByRole('img', { name })
    await expect(picture).toHaveAccessibleDescription(/^Stable .+ from .+ to /)
    await picture.scrollIntoViewIfNeeded()
    await expect(picture.locator('svg').first()).toBeVisible()
  }
  await page.getByRole('navigation', { name: 'Window of the charts' }).getByRole('link', { name: '24 h' }).click()
  await expect(page).toHaveURL(/window=24h/)
  const day = page.getByRole('region', { name: 'Last 24 hours' })
  await expect(day.getByRole('img', { name: '5xx rate' })).toHaveAccessibleDescription(/of [\d,]+ requests failed/)
  await day.getByText('Same figures as a table').first().click()
  const table = day.getByRole('table', { name: /^Requests per second by 10 min/ })
  await expect(table.getByRole('columnheader', { name: 'stable' })).toBeVisible()
  await expect(table.getByRole('row')).toHaveCount(145)
  await page.reload()
  await expect(page.getByRole('region', { name: 'Last 24 hours' })).toBeVisible()
  await expectClean(page)
})

test('a rollout of the last days is a mark above the charts that leads to it', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await open(page, `/targets/${await targetOf('haystack', 'production')}?window=7d`)
  const mark = page.getByRole('navigation', { name: 'Rollouts in this window' }).getByRole('link').first()
  await expect(mark).toHaveAccessibleName(/ at \d+%, /)
  await mark.click()
  await expect(page).toHaveURL(/\/rollouts\//)
})

test('a source that cannot be read is said in its words, and is no failure of the page', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await control('metrics', { fail: '503' })
  try {
    await open(page, `/targets/${await targetOf('genai-platform', 'staging')}?window=1h`)
    const section = page.getByRole('region', { name: 'Last hour' })
    await expect(section.getByText('Cannot measure')).toBeVisible()
    await expect(section).toContainText(/Cloud Monitoring answered: .*unavailable/)
    await expectClean(page)
  } finally {
    await control('metrics', { fail: null })
  }
})

test('on a phone the sentence and the table come before the picture, which is drawn when it is near', async ({ browser }) => {
  const page = await windowFor(browser, people.onCall, { width: 360, height: 640 })
  await open(page, `/targets/${await targetOf('convergence', 'staging')}`)
  const picture = page.getByRole('img', { name: 'Latency, p95 and p50' })
  await expect(picture).toHaveAccessibleDescription(/p95/)
  await expect(picture.locator('svg')).toHaveCount(0)
  const top = async (of: ReturnType<Page['locator']>) => (await of.boundingBox())?.y ?? 0
  expect(await top(page.getByText('Same figures as a table').last())).toBeLessThan(await top(picture))
  await picture.scrollIntoViewIfNeeded()
  await expect(picture.locator('svg').first()).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
})

test('a promotion draws its weight over time as planned and as it went, with a table that says the same', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  const done = await itemsOf('/promotions?state=succeeded&limit=1')
  await open(page, `/promotions/${done[0]?.id ?? ''}`)
  const figure = page.getByRole('figure', { name: 'Weight of the candidate over time' })
  await expect(figure.locator('svg .went').first()).toBeVisible()
  await expect(figure.locator('svg .plan').first()).toBeVisible()
  await figure.getByText('Same as a table').click()
  const table = figure.getByRole('table', { name: 'Weight of the candidate over time' })
  await expect(table.getByRole('row', { name: /100%/ }).first()).toContainText(/\d\d:\d\d:\d\d.*\d\d:\d\d:\d\d/)
  await expect(page.getByText(/^Planned on a reading of/)).toBeVisible()
  await expect(page.getByText(/^Live read at/)).toHaveCount(0)
  await expectClean(page)

  const waiting = await itemsOf('/promotions?state=pending&limit=1')
  await open(page, `/promotions/${waiting[0]?.id ?? ''}`)
  await expect(figure.locator('svg .plan').first()).toBeVisible()
  await expect(figure.locator('svg .went')).toHaveCount(0)
  await figure.getByText('Same as a table').click()
  await expect(table).toContainText('at the start')
  await expect(page.getByText(/^Live read at/)).toBeVisible()
  await expectClean(page)
})

test('a rollout shows both arms, planned beside actual times, and a log whose writes open', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  const done = await itemsOf('/rollouts?state=succeeded&limit=200')
  await open(page, `/rollouts/${done.find((r) => r.kind === 'promotion')?.id ?? ''}`)
  await expect(page.getByRole('table', { name: /^Requests, failures and latency/ }).getByRole('row', { name: /^p95 latency/ })).toBeVisible()
  await expect(page.getByRole('region', { name: 'Steps' })).toContainText(/planned \d+ min/)
  await expectClean(page)
  await open(page, `/rollouts/${done.find((r) => r.kind === 'rollback')?.id ?? ''}`)
  const events = page.getByRole('region', { name: 'Events' })
  await events.getByText(/^Asked for 100% to .*; read back after/).click()
  await expect(events.getByText(/requested: 100% to/)).toBeVisible()
  await expect(events.getByText(/read back: 100%/)).toBeVisible()
})
