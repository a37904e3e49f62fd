import http from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { controlOf } from '#bench/emulator.ts'
import { page, type Product } from '#bench/ui-product.ts'
import { table } from '#bench/statistics.ts'
import type { CallEntry } from '#emulator/state/types.ts'
import { db } from '#lib/platform/db/client.ts'
import { CloudRunLocator } from '#lib/rollouts/schema.ts'

/** As often as the browser reads a shown answer again while the stream is open and nothing moves (components/live/query-client.ts). */
const pollEveryMs = 30_000

/** Somebody who opens the target's page and leaves it open: the page, its stream, and what its panels read again and again. */
async function watch(product: Product, targetId: string, cookie: string, startsAfterMs: number, untilMs: number): Promise<void> {
  await setTimeout(startsAfterMs)
  if (performance.now() > untilMs) return
  await page(`${product.url}/targets/${targetId}`, cookie)
  const stream = http.get(`${product.url}/api/events`, { agent: false, headers: { cookie } }, (res) => res.resume().on('error', () => undefined))
  stream.on('error', (error) => {
    if (!stream.destroyed) throw error
  })
  const reads = [`/targets/${targetId}`, `/targets/${targetId}/metrics?window=6h`, `/audit?subject=target:${targetId}&limit=20`]
  try {
    for (;;) {
      for (const read of reads) await page(`${product.url}/api/v1${read}`, cookie)
      const leftMs = untilMs - performance.now()
      if (leftMs <= 0) return
      await setTimeout(Math.min(pollEveryMs, leftMs))
    }
  } finally {
    stream.destroy()
  }
}

/** Calls that the emulated cloud received in a window, by the number who look at one target. The others are what the worker does by itself: reading each target once a minute, and the seeded release that is under way. */
export async function measureCalls(product: Product, targetId: string, windowMs: number): Promise<string> {
  const control = controlOf(product.emulatorPort)
  const perMinute = (count: number) => (count * (60_000 / windowMs)).toFixed(1)
  const { locator } = await db.target.findUniqueOrThrow({ where: { id: targetId }, select: { locator: true } })
  const { project, service } = CloudRunLocator.parse(locator)
  const isOwn = (c: CallEntry) => (c.service === null ? c.path.includes(`/projects/${project}/`) : c.service.endsWith(`/${service}`))
  const rows: string[][] = []
  for (const viewers of [0, 1, 50]) {
    await control.remove('calls')
    const untilMs = performance.now() + windowMs
    // They come one after another, over the time between two of their reads: what they ask is spread over the window.
    const spreadMs = Math.min(pollEveryMs, windowMs) / Math.max(1, viewers)
    await Promise.all([setTimeout(windowMs), ...Array.from({ length: viewers }, (_, i) => watch(product, targetId, product.manager, i * spreadMs, untilMs))])
    const calls = [...(await control.calls({ write: false })), ...(await control.calls({ write: true }))]
    const own = calls.filter(isOwn)
    const metrics = own.filter((c) => c.api === 'monitoring').length
    rows.push([String(viewers), perMinute(own.length - metrics), perMinute(metrics), perMinute(calls.length - own.length)])
  }
  return table(['viewers of one target page', 'its Cloud Run calls a minute', 'its Monitoring calls a minute', 'calls about all others'], rows)
}
