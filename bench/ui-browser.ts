import { type Browser, type BrowserContext, chromium } from '@playwright/test'
import type { Product } from '#bench/ui-product.ts'
import { findChromium } from '#scripts/chromium.ts'

// Without them Chromium calls home, which is noise in what is measured here.
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export const launch = (): Promise<Browser> => chromium.launch({ executablePath: findChromium(), args: quiet, handleSIGTERM: false, handleSIGINT: false, handleSIGHUP: false })

/** A window in which the product's session is; each has an empty cache of its own. */
export async function windowOf(browser: Browser, product: Product): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } })
  const at = product.manager.indexOf('=')
  await context.addCookies([{ name: product.manager.slice(0, at), value: product.manager.slice(at + 1), url: product.url }])
  return context
}
