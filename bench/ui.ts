/**
 * `npm run bench:ui [-- --quick --rows --only=render,pixel]`: what the screens cost, beside a bare Next page of the same
 * versions in the same run. Prints tables and ratios; asserts nothing. `--quick` takes few samples and few rows, to see
 * that it runs; `--rows` makes all rows even so; `--only` names the parts to measure.
 */
import type pg from 'pg'
import { startBare } from '#bench/ui-bare.ts'
import { launch } from '#bench/ui-browser.ts'
import { measurePixels } from '#bench/ui-pixel.ts'
import { cookieOf, type Product, say, signalWorker } from '#bench/ui-product.ts'
import { measureRender, type Timed, timedPages } from '#bench/ui-render.ts'
import { allRoutes, measureScripts } from '#bench/ui-routes.ts'
import { type Amount, makeRows } from '#bench/ui-rows.ts'
import { logStatements, statementsPerPage, statementsTable } from '#bench/ui-statements.ts'
import { measureStreams } from '#bench/ui-streams.ts'
import { measureCalls } from '#bench/ui-viewers.ts'
import { measureVitals } from '#bench/ui-vitals.ts'
import { db, disconnect } from '#lib/platform/db/client.ts'
import { env } from '#lib/platform/env.ts'
import { startProduct } from '#scripts/e2e.ts'

type Size = { amount: Amount; requests: number; streams: number; commits: number; changes: number; loads: number; windowMs: number }
const full: Size = { amount: { applications: 20, servicesEach: 25, releasesEach: 600 }, requests: 200, streams: 500, commits: 20, changes: 60, loads: 9, windowMs: 60_000 }
const quick: Size = { amount: { applications: 4, servicesEach: 5, releasesEach: 20 }, requests: 20, streams: 100, commits: 3, changes: 10, loads: 2, windowMs: 10_000 }
const size: Size = { ...(process.argv.includes('--quick') ? quick : full), ...(process.argv.includes('--rows') && { amount: full.amount }) }

const parts = ['calls', 'scripts', 'statements', 'streams', 'render', 'pixel', 'vitals'] as const
const only = process.argv.find((a) => a.startsWith('--only='))?.slice('--only='.length).split(',')
const unknown = only?.find((name) => !parts.some((p) => p === name))
if (unknown !== undefined) throw new Error(`there is no part ${unknown}; there are ${parts.join(', ')}`)
const isAsked = (part: (typeof parts)[number]) => only === undefined || only.includes(part)

// The product under test only, whatever database the caller's shell names.
for (const name of Object.keys(process.env)) if (/^(SLUICE_|DATABASE_URL|NEXTAUTH_)/.test(name)) delete process.env[name]
const { settings, stop } = await startProduct()
const dataFolder = settings['SLUICE_DATA_DIR'] ?? ''
const ends: (() => Promise<unknown> | void)[] = [stop, disconnect]
try {
  Object.assign(process.env, settings)
  const databaseUrl = env().DATABASE_URL
  say('Building the bare page …')
  const bare = await startBare(databaseUrl)
  ends.push(bare.stop)
  const product: Product = { url: settings['SLUICE_E2E_URL'] ?? '', bareUrl: bare.url, dataFolder, emulatorPort: Number(settings['EMULATOR_PORT']), manager: await cookieOf('manager@example.test') }
  await measureAll(product, databaseUrl)
} finally {
  for (const end of ends.toReversed()) await end()
}

async function measureAll(product: Product, databaseUrl: string): Promise<void> {
  const routes = await allRoutes(product)
  const target = routes.find((r) => r.route === '/targets/[id]')?.path.split('/').at(-1) ?? ''
  if (isAsked('calls')) report('Google calls', await measureCalls(product, target, size.windowMs))

  signalWorker(dataFolder, 'SIGSTOP')
  ends.push(() => signalWorker(dataFolder, 'SIGCONT'))
  if (isAsked('scripts')) report('First-load JavaScript', await measureScripts(product, routes))

  const statements = await logStatements(dataFolder, databaseUrl)
  ends.push(statements.stop)
  const counted = async () => ({ title: `${await db.target.count()} targets, ${await db.release.count()} releases`, counts: isAsked('statements') ? await statementsPerPage(product, statements, routes) : new Map<string, number>() })
  const before = await counted()
  say('\nMaking the many rows …')
  await makeRows(size.amount)
  const after = await counted()
  if (isAsked('statements')) report('Statements', statementsTable(before.counts, after.counts, { few: before.title, many: after.title }))

  const { id: held } = await db.rollout.findFirstOrThrow({ where: { state: 'held', target: { environment: { application: { slug: { startsWith: 'estate-' } } } } }, select: { id: true } })
  if (isAsked('streams')) report('Open streams', await measureStreams(product, statements, held, size.streams, size.commits))
  await statements.quiet()

  const pages = timedPages(product, held)
  if (isAsked('render')) report(`Server render, ${after.title}`, await measureRender(pages, size.requests))
  if (isAsked('pixel') || isAsked('vitals')) await measureInBrowser(product, databaseUrl, statements.client, held, pages)
}

async function measureInBrowser(product: Product, databaseUrl: string, client: pg.Client, rolloutId: string, pages: readonly Timed[]): Promise<void> {
  const browser = await launch()
  ends.push(() => browser.close())
  if (isAsked('pixel')) report('Commit to pixel', await measurePixels(browser, product, client, databaseUrl, rolloutId, size.changes))
  if (isAsked('vitals')) report('Web vitals', await measureVitals(browser, product, pages, size.loads))
}

function report(title: string, text: string): void {
  say(`\n### ${title}\n\n${text}`)
}
