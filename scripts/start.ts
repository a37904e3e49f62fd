/**
 * `npm start`: the whole product in one terminal. With no settings it brings its own Postgres and its own Google Cloud;
 * with DATABASE_URL it migrates that database and runs worker and web beside it.
 */
import { existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { env } from '#lib/platform/env.ts'
import { canConnect, createDatabaseIfMissing, migrateDatabase } from '#prisma/migrate.ts'
import { build, isBuilt } from '#scripts/build.ts'
import { embeddedDatabase, ensureSessionSecret } from '#scripts/data-folder.ts'
import { onEnd } from '#scripts/end-signals.ts'
import { generateClient } from '#scripts/generate.ts'
import { part, type PartName, root } from '#scripts/parts.ts'
import { portProblem } from '#scripts/ports.ts'
import { runToEnd, say, waitFor } from '#scripts/steps.ts'
import { supervise, type Supervised } from '#scripts/supervise.ts'

const demoAccounts = ['admin', 'manager', 'manager2', 'developer', 'oncall', 'viewer'].map((name) => `${name}@example.test`)
const startPatienceMs = 120_000
const running = new Map<PartName, Supervised>()
let isEnding = false

onEnd((why) => void end(why, 0))
try {
  await start()
} catch (error) {
  await end(error instanceof Error ? error.message : String(error), 1)
}

async function start() {
  const startedMs = performance.now()
  // Empty counts as not set, as everywhere else.
  const dataFolder = path.resolve(process.env['SLUICE_DATA_DIR'] || '.data')
  const isEmbedded = !process.env['DATABASE_URL'] && process.env['SLUICE_CLOUD'] !== 'google'
  if (isEmbedded) {
    mkdirSync(dataFolder, { recursive: true })
    ensureSessionSecret(dataFolder)
    await embeddedDatabase(dataFolder)
  }
  const settings = env()
  const hasEmulator = settings.SLUICE_CLOUD === 'emulator'
  await checkPorts([[settings.PORT, 'PORT'], ...(hasEmulator ? [[settings.EMULATOR_PORT, 'EMULATOR_PORT'] as const] : [])])

  generateClient()
  const run = (name: PartName) => running.set(name, supervise(part(name, dataFolder), say))
  if (isEmbedded) run('postgres')
  // Side by side: at a first start the build takes far longer than the database.
  await Promise.all([prepareDatabase(settings.DATABASE_URL, isEmbedded), isBuilt() ? undefined : buildWeb()])
  const seed = path.join(root, 'prisma/seed/main.ts')
  if (settings.SLUICE_DEMO && existsSync(seed)) await runToEnd('Seeding', seed, { SLUICE_DATA_DIR: dataFolder })
  if (isEnding) return
  if (hasEmulator) run('emulator')
  run('worker')
  run('web')
  const address = `http://127.0.0.1:${settings.PORT}`
  await waitFor(`${address}/readyz to answer 200`, startPatienceMs, async () => (await fetch(`${address}/readyz`, { signal: AbortSignal.timeout(2000) })).ok)
  if (isEnding) return
  announce(settings.SLUICE_URL, settings.SLUICE_DEMO, path.join(dataFolder, 'logs'), startedMs)
}

async function checkPorts(ports: readonly (readonly [number, string])[]) {
  const problems = (await Promise.all(ports.map(([port, setting]) => portProblem(port, setting)))).filter((problem) => problem !== undefined)
  if (ports.length === 2 && ports[0]?.[0] === ports[1]?.[0]) problems.push('PORT and EMULATOR_PORT are the same: set one of them to another port.')
  if (problems.length > 0) throw new Error(problems.join('\n'))
}

async function buildWeb() {
  say('Building the web part (first start, or its sources changed) …')
  await build()
}

async function prepareDatabase(databaseUrl: string, isEmbedded: boolean) {
  const what = isEmbedded ? 'the embedded Postgres to answer' : 'the database that DATABASE_URL names to answer'
  await waitFor(what, startPatienceMs, () => (isEmbedded ? createDatabaseIfMissing(databaseUrl) : canConnect(databaseUrl)).then(() => true))
  const applied = await migrateDatabase(databaseUrl)
  if (applied.length > 0) say(`Applied ${applied.length} migration${applied.length === 1 ? '' : 's'}.`)
}

function announce(url: string, hasDemo: boolean, logFolder: string, startedMs: number) {
  say('')
  say(`Sluice is ready after ${((performance.now() - startedMs) / 1000).toFixed(1)} s:  ${url}`)
  if (hasDemo) for (const [i, account] of demoAccounts.entries()) say(`${i === 0 ? '  Sign in as' : '            '} ${account.padEnd(24)} password demo`)
  say(`  Logs are in ${logFolder}; Ctrl-C ends everything.`)
}

/** Ends what runs, those who need others first, then this process. Called again, it changes nothing. */
async function end(why: string, exitCode: number) {
  if (isEnding) return
  isEnding = true
  process[exitCode === 0 ? 'stdout' : 'stderr'].write(`${why}\n`)
  for (const name of ['web', 'worker', 'emulator', 'postgres'] as const) await running.get(name)?.stop()
  if (exitCode === 0) say('Everything has ended.')
  process.exit(exitCode)
}
