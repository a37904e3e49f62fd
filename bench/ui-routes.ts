import { globSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { newReader, page, type Product } from '#bench/ui-product.ts'
import { table } from '#bench/statistics.ts'
import { db } from '#lib/platform/db/client.ts'
import { root } from '#scripts/parts.ts'

/** A page of the product: its route as the folders name it, an address of it, and the Cookie header of who looks. */
export type Route = { route: string; path: string; cookie: string | null }

/** Every page there is. One that this does not know how to open ends the run, so that none is forgotten. */
export async function allRoutes(product: Product): Promise<Route[]> {
  const [application, rollout, promotion, release, target] = await Promise.all([
    db.application.findFirstOrThrow({ where: { slug: 'genai-platform' }, select: { slug: true } }),
    db.rollout.findFirstOrThrow({ where: { state: 'succeeded', kind: 'promotion' }, orderBy: { createdAt: 'desc' }, select: { id: true } }),
    db.promotion.findFirstOrThrow({ where: { state: 'succeeded' }, orderBy: { createdAt: 'asc' }, select: { id: true } }),
    db.release.findFirstOrThrow({ orderBy: { createdAt: 'asc' }, select: { id: true } }),
    db.target.findFirstOrThrow({ where: { environment: { slug: 'production', application: { slug: 'genai-platform' } } }, orderBy: { id: 'asc' }, select: { id: true } }),
  ])
  const known: Readonly<Record<string, string>> = { '/applications/[app]': application.slug, '/rollouts/[id]': rollout.id, '/promotions/[id]': promotion.id, '/releases/[id]': release.id, '/targets/[id]': target.id }
  const roleless = await newReader(null)
  return globSync('**/page.tsx', { cwd: path.join(root, 'app') }).toSorted().map((file) => {
    const route = `/${path.dirname(file).split(path.sep).filter((part) => part !== '.' && !/^\(.*\)$/.test(part)).join('/')}`
    const value = known[route]
    if (route.includes('[') && value === undefined) throw new Error(`bench/ui-routes.ts does not know an address of ${route}`)
    return { route, path: route.replace(/\[\w+\]/, value ?? ''), cookie: route === '/sign-in' ? null : route === '/no-access' ? roleless : product.manager }
  })
}

/** Sum of the script files that the served HTML loads, each gzipped; what only old browsers load is left out. */
async function firstLoad(base: string, address: string, cookie: string | null): Promise<{ bytes: number; files: number }> {
  const html = (await page(base + address, cookie, 'identity')).body()
  const tags = [...html.matchAll(/<script\b[^>]*\bsrc="([^"]+)"[^>]*>/g)].filter((m) => !/nomodule/i.test(m[0]))
  const sources = [...new Set(tags.map((m) => m[1]?.replaceAll('&amp;', '&') ?? ''))]
  const sizes = await Promise.all(sources.map(async (src) => gzipSync((await page(new URL(src, base).href, cookie, 'identity')).body()).length))
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: sizes.length }
}

export async function measureScripts(product: Product, routes: readonly Route[]): Promise<string> {
  const bare = await firstLoad(product.bareUrl, '/', null)
  const row = (name: string, { bytes, files }: typeof bare) => [name, String(files), (bytes / 1000).toFixed(1), (bytes / bare.bytes).toFixed(2)]
  const rows: string[][] = []
  for (const r of routes) rows.push(row(`\`${r.route}\``, await firstLoad(product.url, r.path, r.cookie)))
  return table(['first load', 'script files', 'kB gzipped', 'ratio'], [row('the bare page', bare), ...rows])
}
