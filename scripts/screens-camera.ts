import path from 'node:path'
import type { Browser, Page, Request } from '@playwright/test'
import sharp from 'sharp'

/** One picture of each scene: which window, which theme, and how wide it stands in the index. */
export const looks = [
  { name: 'desktop-light', title: 'desktop, light', width: 1440, scheme: 'light', thumbWidth: 420 },
  { name: 'desktop-dark', title: 'desktop, dark', width: 1440, scheme: 'dark', thumbWidth: 420 },
  { name: 'phone', title: 'phone, light', width: 360, scheme: 'light', thumbWidth: 130 },
  { name: 'phone-dark', title: 'phone, dark', width: 360, scheme: 'dark', thumbWidth: 130 },
] as const

export type Scene = {
  /** Stable: the files are called by it. */
  name: string
  title: string
  /** Who looks; null is nobody, before signing in. */
  who: string | null
  /** Brings the product there, once for all looks. */
  prepare?: () => Promise<void>
  path: string | (() => Promise<string>)
  /** Pressed after the page is there, and left again afterwards by loading it anew. */
  press?: (page: Page) => Promise<void>
  /** What was broken for the picture is whole again. */
  mend?: () => Promise<void>
}

const highest = { desktop: 1000, phone: 1100 }
const lowest = { desktop: 800, phone: 640 }

export class Camera {
  readonly #browser: Browser
  readonly #folder: string
  readonly #pages = new Map<string, Page>()
  readonly #asked = new Map<Page, Set<Request>>()

  constructor(browser: Browser, folder: string) {
    this.#browser = browser
    this.#folder = folder
  }

  async take(scene: Scene): Promise<void> {
    await scene.prepare?.()
    try {
      const address = typeof scene.path === 'string' ? scene.path : await scene.path()
      const page = await this.#pageOf(scene.who)
      for (const look of looks) await this.#shoot(page, scene, look, address)
    } finally {
      await scene.mend?.()
    }
  }

  async #shoot(page: Page, scene: Scene, look: (typeof looks)[number], address: string): Promise<void> {
    const size = look.width < 700 ? 'phone' : 'desktop'
    await page.emulateMedia({ colorScheme: look.scheme, reducedMotion: 'reduce' })
    await page.setViewportSize({ width: look.width, height: lowest[size] })
    await page.goto(address)
    await settled(page)
    await this.#quiet(page)
    if (scene.press) await scene.press(page)
    else {
      // As high as the page, so that what is drawn only near the window is drawn, and bars that stick stand where they do.
      const height = await page.evaluate(() => document.documentElement.scrollHeight)
      await page.setViewportSize({ width: look.width, height: Math.min(highest[size], Math.max(lowest[size], height)) })
      await settled(page)
      await this.#quiet(page)
    }
    const picture = sharp(await page.screenshot({ animations: 'disabled' }))
    // Few colours and no dither: type stays sharp, and a page takes a tenth of the bytes.
    await picture.png({ palette: true, colours: 28, dither: 0, effort: 7 }).toFile(path.join(this.#folder, `${scene.name}-${look.name}.png`))
  }

  /** Every answer the page asked for is there; what it asks for next, too. */
  async #quiet(page: Page): Promise<void> {
    const { until } = await import('#e2e/support/product.ts')
    let quietRounds = 0
    await until('every answer', () => Promise.resolve((quietRounds = this.#asked.get(page)?.size === 0 ? quietRounds + 1 : 0) > 2))
  }

  async #pageOf(who: string | null): Promise<Page> {
    const known = this.#pages.get(who ?? '')
    if (known) return known
    const { signIn } = await import('#e2e/support/sign-in.ts')
    const { product } = await import('#e2e/support/product.ts')
    const context = await this.#browser.newContext({ baseURL: product.url, locale: 'en-GB', timezoneId: 'UTC' })
    const page = await context.newPage()
    const asked = new Set<Request>()
    this.#asked.set(page, asked)
    page.on('request', (r) => r.url().includes('/api/v1/') && asked.add(r))
    page.on('requestfinished', (r) => asked.delete(r))
    page.on('requestfailed', (r) => asked.delete(r))
    if (who !== null) await signIn(page, who)
    this.#pages.set(who ?? '', page)
    return page
  }
}

/** Nothing is being read any more and every picture is drawn. */
async function settled(page: Page): Promise<void> {
  await page.getByRole('heading', { level: 1 }).first().waitFor()
  await page.waitForFunction(() => document.querySelector('.sk, [aria-busy="true"]') === null && [...document.querySelectorAll('.plot')].every((p) => p.querySelector('svg') !== null || p.getBoundingClientRect().top > window.innerHeight + 100))
  await page.evaluate(() => document.fonts.ready.then(() => null))
}
