import type { Browser, BrowserContextOptions, Page } from '@playwright/test'
import { product } from './product.ts'

/** Signs a demo account in on the page and ends on the overview. */
export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto(`${product.url}/sign-in`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill('demo')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}

/** What a signed-in browser of an account keeps: a person signs in once and comes back. */
const kept = new Map<string, Exclude<BrowserContextOptions['storageState'], string | undefined>>()

/** Keys and presses are heard once the stream of the next page was opened; the page before may open its own until it is left. Ask before going there. */
export const comesAlive = (page: Page) => page.waitForEvent('framenavigated').then(() => page.waitForRequest('**/api/events'))

/** A browser window of somebody, on the overview, which has come alive: keys pressed before are nobody's. */
export async function windowFor(browser: Browser, email: string, viewport = { width: 1440, height: 900 }): Promise<Page> {
  const before = kept.get(email)
  const context = await browser.newContext({ viewport, ...(before && { storageState: before }) })
  const page = await context.newPage()
  const alive = page.waitForRequest('**/api/events')
  if (before) {
    await page.goto(`${product.url}/`)
    // Somebody may have signed out meanwhile, which ends that sign-in everywhere.
    if (!new URL(page.url()).pathname.startsWith('/sign-in')) {
      await alive
      return page
    }
  }
  await signIn(page, email)
  await alive
  kept.set(email, await context.storageState())
  return page
}
