import type { Browser, Page } from '@playwright/test'
import { product } from './product.ts'

/** Signs a demo account in on the page and ends on the overview. */
export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto(`${product.url}/sign-in`)
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password').fill('demo')
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.waitForURL((url) => !url.pathname.startsWith('/sign-in'))
}

/** A browser window of somebody else's. */
export async function windowFor(browser: Browser, email: string, viewport = { width: 1440, height: 900 }): Promise<Page> {
  const context = await browser.newContext({ viewport })
  const page = await context.newPage()
  await signIn(page, email)
  return page
}
