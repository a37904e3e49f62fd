import http from 'node:http'
import type { Browser, Page } from '@playwright/test'
import pg from 'pg'
import { nowMs } from '#bench/emulator.ts'
import { windowOf } from '#bench/ui-browser.ts'
import type { Product } from '#bench/ui-product.ts'
import { commit } from '#bench/ui-streams.ts'
import { summarise, table } from '#bench/statistics.ts'
import { freePort } from '#scripts/postgres.ts'

/** What is there without us: every notification goes to every reader as it is, and the page shows its text. */
async function startEcho(databaseUrl: string): Promise<{ url: string; stop: () => Promise<void> }> {
  const client = new pg.Client({ connectionString: databaseUrl })
  const readers = new Set<http.ServerResponse>()
  client.on('notification', ({ payload }) => readers.forEach((res) => res.write(`data: ${payload}\n\n`)))
  await client.connect()
  await client.query('listen bench_echo')
  const server = http.createServer((req, res) => {
    if (req.url === '/events') readers.add(res.writeHead(200, { 'content-type': 'text/event-stream' }))
    else res.writeHead(200, { 'content-type': 'text/html' }).end('<p>nothing yet</p><script>new EventSource("/events").onmessage = (e) => (document.querySelector("p").textContent = e.data)</script>')
  })
  const port = await freePort()
  await new Promise<void>((ready) => server.listen(port, '127.0.0.1', ready))
  return {
    url: `http://127.0.0.1:${port}/`,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await client.end()
    },
  }
}

/** Waits in the page until `text` is drawn: the frame after the one in which it stood in the document. */
const drawn = (page: Page, text: string): Promise<number> =>
  page.evaluate(
    (wanted) =>
      new Promise<number>((resolve) => {
        const look = () => {
          if (!document.body.textContent.includes(wanted)) return
          observer.disconnect()
          requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.timeOrigin + performance.now())))
        }
        const observer = new MutationObserver(look)
        observer.observe(document.body, { subtree: true, childList: true, characterData: true })
        look()
      }),
    text,
  )

/** From sending the commit until the screen shows it; the arms take turns. */
export async function measurePixels(browser: Browser, product: Product, client: pg.Client, databaseUrl: string, rolloutId: string, samples: number): Promise<string> {
  const echo = await startEcho(databaseUrl)
  const contexts = [await windowOf(browser, product), await windowOf(browser, product)] as const
  try {
    const [ours, raw] = [await contexts[0].newPage(), await contexts[1].newPage()]
    await Promise.all([ours.goto(`${product.url}/rollouts/${rolloutId}`), raw.goto(echo.url)])
    const took = { ours: [] as number[], raw: [] as number[] }
    const time = async (page: Page, text: string, change: (text: string) => Promise<unknown>): Promise<number> => {
      // A page behind another draws no frames.
      await page.bringToFront()
      const shown = drawn(page, text)
      const startedMs = nowMs()
      await change(text)
      return (await shown) - startedMs
    }
    const warmUps = 3
    for (let i = 0; i < samples + warmUps; i++) {
      const a = await time(raw, `echo ${i}.`, (text) => client.query("select pg_notify('bench_echo', $1)", [text]))
      const b = await time(ours, `The bench says ${i}.`, (text) => commit(client, rolloutId, text))
      if (i < warmUps) continue
      took.raw.push(a)
      took.ours.push(b)
    }
    const [a, b] = [summarise(took.raw), summarise(took.ours)]
    const cells = (s: { p50: number; p95: number }, digits: number) => [s.p50.toFixed(digits), s.p95.toFixed(digits)]
    return table([`commit → pixel, ${samples} changes`, 'p50', 'p95'], [['NOTIFY → SSE echo, ms', ...cells(a, 1)], ['Rollout page, ms', ...cells(b, 1)], ['ratio', ...cells({ p50: b.p50 / a.p50, p95: b.p95 / a.p95 }, 2)]])
  } finally {
    await Promise.all(contexts.map((c) => c.close()))
    await echo.stop()
  }
}
