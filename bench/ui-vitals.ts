import type { Browser, Page } from '@playwright/test'
import { windowOf } from '#bench/ui-browser.ts'
import type { Product } from '#bench/ui-product.ts'
import type { Timed } from '#bench/ui-render.ts'
import { percentile, table } from '#bench/statistics.ts'

const slowdown = 4
type Vitals = { lcpMs: number; inpMs: number; cls: number }
type Seen = { lcpMs: number; longestMs: number; cls: number }

/** Runs in the page before its own scripts. */
function observe(): void {
  const seen: Seen = { lcpMs: 0, longestMs: 0, cls: 0 }
  Object.assign(globalThis, { seen })
  const on = (type: string, note: (entry: PerformanceEntry) => void, more: object = {}) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true, ...more })
  on('largest-contentful-paint', (e) => (seen.lcpMs = e.startTime))
  on('layout-shift', (e) => {
    const shift = e as PerformanceEntry & { value: number; hadRecentInput: boolean }
    if (!shift.hadRecentInput) seen.cls += shift.value
  })
  on('event', (e) => {
    if ((e as PerformanceEntry & { interactionId: number }).interactionId > 0) seen.longestMs = Math.max(seen.longestMs, e.duration)
  }, { durationThreshold: 16 })
}

const seenIn = (page: Page) => page.evaluate(() => (globalThis as unknown as { seen: Seen }).seen) // what `observe` put there
/** Two idle moments in a row: loaded, and nothing of the page's own is left to run. On a busy machine none may come: then enough time has passed. */
const idle = (page: Page) => page.evaluate(() => new Promise<void>((done) => requestIdleCallback(() => requestIdleCallback(() => done(), { timeout: 2000 }), { timeout: 2000 })))

/** One cold load, then a few presses. Each is a real press: the longest until its next frame counts. */
async function load(browser: Browser, product: Product, url: string): Promise<Vitals> {
  const context = await windowOf(browser, product)
  try {
    const page = await context.newPage()
    const session = await context.newCDPSession(page)
    await session.send('Emulation.setCPUThrottlingRate', { rate: slowdown })
    await page.addInitScript(observe)
    await page.goto(url, { waitUntil: 'load' })
    await idle(page)
    const { lcpMs } = await seenIn(page)
    await press(page, url.startsWith(product.url))
    await idle(page)
    const { longestMs, cls } = await seenIn(page)
    return { lcpMs, inpMs: longestMs, cls }
  } finally {
    await context.close()
  }
}

/** What a reader does first: open the palette and leave it, show the keys and leave them. On a bare page, its button. */
async function press(page: Page, isOurs: boolean): Promise<void> {
  for (let i = 0; i < 3; i++) {
    if (!isOurs) {
      await page.getByRole('button').click()
      continue
    }
    await page.getByRole('button', { name: /^Find anything/ }).first().click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'hidden' })
  }
}

/** Median of `loads` cold loads of each page; they take turns. An interaction below 16 ms is not reported by the browser and counts as 16. */
export async function measureVitals(browser: Browser, product: Product, pages: readonly Timed[], loads: number): Promise<string> {
  const all = new Map<string, Vitals[]>(pages.map((p) => [p.name, []]))
  for (let i = 0; i < loads; i++) for (const p of pages) all.get(p.name)?.push(await load(browser, product, p.url))
  const median = (name: string, of: (v: Vitals) => number) => percentile((all.get(name) ?? []).map(of), 50)
  const values = (name: string) => ({ lcp: median(name, (v) => v.lcpMs), inp: Math.max(16, median(name, (v) => v.inpMs)), cls: Math.max(...(all.get(name) ?? []).map((v) => v.cls)) })
  const first = values(pages[0]?.name ?? '')
  const rows = pages.map(({ name }) => {
    const v = values(name)
    return [name, v.lcp.toFixed(0), (v.lcp / first.lcp).toFixed(2), v.inp.toFixed(0), (v.inp / first.inp).toFixed(2), v.cls.toFixed(3)]
  })
  return table([`${slowdown} × slower processor, ${loads} loads`, 'LCP ms', 'ratio', 'INP ms', 'ratio', 'most CLS'], rows)
}
