/**
 * Entry of the container image: `node dist/main.mjs [all|web|worker|migrate|health]`. `all`, the default, is the whole
 * product in one container beside a Postgres; `web` and `worker` alone are for more than one machine.
 */
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { env } from '#lib/platform/env.ts'
import { migrateDatabase } from '#prisma/migrate.ts'
import { onEnd } from '#scripts/end-signals.ts'
import { supervise } from '#scripts/supervise.ts'

const here = import.meta.dirname
const serverFile = path.resolve(here, '../server.js')
const workerFile = path.join(here, 'worker.mjs')
const defaultWorkerPort = 3001

const roles: Readonly<Record<string, () => Promise<void>>> = {
  all: async () => {
    await migrate()
    runBoth()
  },
  web: async () => {
    await migrate()
    await load(serverFile)
  },
  worker: async () => {
    process.env['SLUICE_WORKER_PORT'] ??= String(defaultWorkerPort) // the image's HEALTHCHECK asks there
    await migrate()
    await load(workerFile)
  },
  migrate,
  health,
}

const role = process.argv[2] ?? 'all'
const run = roles[role]
try {
  if (!run) throw new Error(`There is no role ${role}: say ${Object.keys(roles).join(', ')}`)
  await run()
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}

async function migrate() {
  await migrateDatabase(env().DATABASE_URL)
}

const load = async (file: string) => {
  await import(pathToFileURL(file).href)
}

/** Both in one container: the one that dies is started again, and neither takes the other with it. */
function runBoth() {
  const say = (line: string) => void process.stdout.write(`${JSON.stringify({ severity: 'WARNING', message: line, time: new Date().toISOString() })}\n`)
  const parts = [
    supervise({ name: 'web', args: [serverFile], env: {} }, say),
    supervise({ name: 'worker', args: [workerFile], env: {} }, say),
  ]
  let isEnding = false
  onEnd(() => {
    if (isEnding) return
    isEnding = true
    void parts.reduce((before, part) => before.then(() => part.stop()), Promise.resolve()).then(() => process.exit(0))
  })
}

/** Exit code 0 when the web part, or a worker alone, says that it is ready. */
async function health() {
  const ports = [env().PORT, env().SLUICE_WORKER_PORT || defaultWorkerPort]
  const answers = await Promise.allSettled(ports.map((port) => fetch(`http://127.0.0.1:${port}/readyz`, { signal: AbortSignal.timeout(4000) })))
  process.exit(answers.some((answer) => answer.status === 'fulfilled' && answer.value.ok) ? 0 : 1)
}
