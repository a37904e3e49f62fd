import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { canReach, findPostgres } from '#scripts/postgres-binaries.ts'
import { freePort } from '#scripts/postgres.ts'

const EmbeddedDatabase = z.object({
  /** The address with its password; `env()` reads it when DATABASE_URL is not set. */
  url: z.string(),
  /** Where the cluster's files are. */
  folder: z.string(),
})
export type EmbeddedDatabase = z.infer<typeof EmbeddedDatabase> & { port: number; password: string; name: string }

const databaseName = 'sluice'
const rootOnlyFolder = '/var/lib/sluice'

/**
 * The embedded database's address and place, made up at the first start: a free port, a random password, and, as root
 * with a data folder that user postgres cannot enter, a folder under /var/lib. Kept in `postgres.json`, readable by the owner alone.
 */
export async function embeddedDatabase(dataFolder: string): Promise<EmbeddedDatabase> {
  mkdirSync(dataFolder, { recursive: true })
  const file = path.join(dataFolder, 'postgres.json')
  if (!existsSync(file)) {
    const url = `postgresql://sluice:${randomBytes(18).toString('base64url')}@127.0.0.1:${await freePort()}/${databaseName}`
    writeSecret(file, { url, folder: await reachableFolder(dataFolder) })
  }
  const { url, folder } = EmbeddedDatabase.parse(JSON.parse(readFileSync(file, 'utf8')))
  const { port, password } = new URL(url)
  return { url, folder, port: Number(port), password, name: databaseName }
}

/** The secret that signs sessions, made once so that people stay signed in over restarts. */
export function ensureSessionSecret(dataFolder: string): void {
  mkdirSync(dataFolder, { recursive: true })
  const file = path.join(dataFolder, 'secret.json')
  if (!existsSync(file)) writeSecret(file, { nextauth: randomBytes(32).toString('base64url') })
}

async function reachableFolder(dataFolder: string): Promise<string> {
  const { user } = await findPostgres()
  if (!user || canReach(dataFolder, user)) return path.join(dataFolder, 'postgres')
  const folder = path.join(rootOnlyFolder, randomBytes(6).toString('hex'))
  mkdirSync(path.dirname(folder), { recursive: true, mode: 0o755 })
  process.stdout.write(`User postgres cannot enter ${dataFolder}; the database's files are in ${folder}.\n`)
  return folder
}

function writeSecret(file: string, content: Record<string, string>) {
  writeFileSync(file, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  chmodSync(file, 0o600)
}
