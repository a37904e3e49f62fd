import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { env } from '#lib/platform/env.ts'
import { serverFile } from '#scripts/build.ts'
import type { Part } from '#scripts/supervise.ts'

export const root = path.resolve(import.meta.dirname, '..')
export type PartName = 'postgres' | 'emulator' | 'worker' | 'web'

/** What to run for each part, with the settings in force spelt out, so that a part started alone and one started here agree. */
export function part(name: PartName, dataFolder: string): Part {
  const logFolder = path.join(dataFolder, 'logs')
  const pidFolder = path.join(dataFolder, 'pids')
  for (const folder of [logFolder, pidFolder]) mkdirSync(folder, { recursive: true })
  const settings = { SLUICE_DATA_DIR: dataFolder, ...(name === 'postgres' ? {} : settingsInForce()) }
  const { args, env: own } = commands[name]()
  return { name, args, env: { ...settings, ...own }, logFile: path.join(logFolder, `${name}.log`), pidFile: path.join(pidFolder, name) }
}

// Not the embedded database's address: `env()` reads it from the data folder, and takes one in DATABASE_URL for another's.
const settingsInForce = () => ({
  PORT: String(env().PORT),
  EMULATOR_PORT: String(env().EMULATOR_PORT),
  SLUICE_URL: env().SLUICE_URL,
  SLUICE_CLOUD: env().isEmbedded ? undefined : env().SLUICE_CLOUD,
  SLUICE_DEMO: env().SLUICE_DEMO ? '1' : '0',
})

const typeScript = (file: string) => ['--conditions=react-server', '--disable-warning=ExperimentalWarning', path.join(root, file)]

const commands: Record<PartName, () => Pick<Part, 'args' | 'env'>> = {
  postgres: () => ({ args: typeScript('scripts/run-postgres.ts'), env: {} }),
  // The emulator is a product of its own, without our settings; the database is where it reads the product's clock.
  emulator: () => ({ args: typeScript('emulator/main.ts'), env: { DATABASE_URL: env().DATABASE_URL } }),
  worker: () => ({ args: typeScript('worker/main.ts'), env: { NODE_ENV: 'production' } }),
  web: () => ({ args: [serverFile], env: { NODE_ENV: 'production', HOSTNAME: '127.0.0.1', NEXT_TELEMETRY_DISABLED: '1' } }),
}
