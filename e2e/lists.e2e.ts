import { readFile } from 'node:fs/promises'
import { expect, type Page, test } from './support/test.ts'
import { api, people } from './support/product.ts'
import { windowFor } from './support/sign-in.ts'

const cells = (page: Page, table: string, column: number) => page.getByRole('table', { name: table }).locator(`tbody tr > :nth-child(${column})`).allInnerTexts()

test('a head sorts on the server, the address keeps it, and Back undoes a filter', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await page.goto('/releases')
  await page.getByRole('navigation', { name: 'Application' }).getByRole('link', { name: 'HAYSTACK' }).click()
  await expect(page).toHaveURL(/application=haystack/)
  await page.getByRole('columnheader', { name: 'Author' }).getByRole('link').click()
  await expect(page).toHaveURL(/sort=author/)
  await expect(page.getByRole('columnheader', { name: /Author/ })).toHaveAttribute('aria-sort', 'ascending')
  await expect.poll(async () => {
    const authors = await cells(page, 'Releases', 6)
    return authors.length > 1 && JSON.stringify(authors) === JSON.stringify(authors.toSorted())
  }).toBe(true)
  expect(new Set(await cells(page, 'Releases', 2))).toEqual(new Set(['HAYSTACK']))
  await page.goBack()
  await expect(page).not.toHaveURL(/application=haystack/)
  await expect.poll(async () => new Set(await cells(page, 'Releases', 2)).size).toBeGreaterThan(1)
})

test('a search narrows the list as it is typed, and is one step back however many letters it has', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await page.goto('/audit')
  await page.getByRole('navigation', { name: 'Main', exact: true }).getByRole('link', { name: 'Releases' }).click()
  const search = page.getByRole('searchbox', { name: 'Version, commit or digest' })
  const versions = () => cells(page, 'Releases', 1)
  await expect.poll(async () => (await versions()).length).toBeGreaterThan(1)
  const all = await versions()
  const [wanted = ''] = all.slice(-1)
  // Letter by letter, each one read: what is between must leave no trace in the history.
  for (let i = 1; i <= wanted.length; i++) {
    await search.pressSequentially(wanted.charAt(i - 1))
    await expect(page).toHaveURL((url) => url.searchParams.get('q') === wanted.slice(0, i))
  }
  await expect.poll(async () => (await versions()).every((v) => v.includes(wanted))).toBe(true)
  await expect(search).toBeFocused()
  await page.goBack()
  await expect(page).toHaveURL(/\/releases$/)
  await expect(search).toHaveValue('')
  await expect.poll(async () => (await versions()).slice(0, all.length)).toEqual(all)
  await page.goForward()
  await expect(search).toHaveValue(wanted)
  await page.goBack()
  await page.goBack()
  await expect(page).toHaveURL(/\/audit$/)
})

test('a long list is read as one goes down and draws only what is near', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await page.goto('/audit')
  const table = page.getByRole('table', { name: 'Audit log' })
  const rowsRead = async () => Number(/[\d,]+(?= rows)/.exec(await page.getByText(/rows shown$/).innerText())?.[0].replace(',', '') ?? 0)
  await expect(table).toBeVisible()
  await expect(async () => {
    await page.keyboard.press('End')
    expect(await rowsRead()).toBeGreaterThan(200)
  }).toPass({ intervals: [50] })
  expect(await table.locator('tbody tr').count()).toBeLessThan(150)
  const inWindow = () => table.locator('tbody tr[aria-rowindex]').evaluateAll((rows) => rows.filter((r) => r.getBoundingClientRect().bottom > 0 && r.getBoundingClientRect().top < window.innerHeight).length)
  await expect.poll(inWindow).toBeGreaterThan(5)
})

test('the filtered log is saved whole as a file', async ({ browser }) => {
  const page = await windowFor(browser, people.viewer)
  await page.goto('/audit?application=haystack&verb=release.')
  const waiting = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Export JSON' }).click()
  const file = await waiting
  expect(file.suggestedFilename()).toBe('audit-haystack.json')
  const rows = JSON.parse(await readFile(await file.path(), 'utf8')) as { chain: string; verb: string }[]
  const first = await api(people.viewer, 'GET', '/audit?application=haystack&verb=release.&limit=1')
  expect(rows[0]).toMatchObject((first.body['items'] as Record<string, unknown>[])[0] ?? {})
  expect(rows.every((r) => r.chain === 'haystack' && r.verb.startsWith('release.'))).toBe(true)
})
