import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { createDatabaseIfMissing } from '#prisma/migrate.ts'
import { type Binaries, findPostgres } from '#scripts/postgres-binaries.ts'

export type Cluster = {
  /** Address of a database of this cluster, with the password in it: never print it. */
  url: (database: string) => string
  process: ChildProcess
  /** Ends it by a fast shutdown: sessions are cut, data is kept. */
  stop: () => Promise<void>
}
type Options = {
  dataFolder: string
  port: number
  password: string
  /** Only for throw-away clusters: loses data when the machine stops, several times faster. */
  isThrowAway?: boolean
  /** Lines of the server's log, after the start. */
  onLog?: (line: string) => void
}

/** Starts the Postgres that came with the packages on 127.0.0.1, making the cluster at the first start. */
export async function startPostgres(options: Options): Promise<Cluster> {
  const binaries = await findPostgres()
  const isNew = !existsSync(path.join(options.dataFolder, 'PG_VERSION'))
  if (isNew) initialise(binaries, options)
  else await endLeftover(options.dataFolder)
  const child = await launch(binaries, options)
  // An uncaught error ends this process without running anything asynchronous.
  process.once('exit', () => child.kill('SIGINT'))
  return {
    url: (database) => `postgresql://sluice:${options.password}@127.0.0.1:${options.port}/${database}`,
    process: child,
    stop: () => stop(child),
  }
}

/** Runs `use` against an empty database of a cluster that is thrown away afterwards. */
export async function withScratchPostgres<T>(use: (databaseUrl: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-scratch-'))
  let cluster: Cluster | undefined
  try {
    cluster = await startPostgres({ dataFolder: folder, port: await freePort(), password: crypto.randomUUID(), isThrowAway: true })
    const databaseUrl = cluster.url('scratch')
    await createDatabaseIfMissing(databaseUrl)
    return await use(databaseUrl)
  } finally {
    await cluster?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

function initialise({ initdb, user }: Binaries, { dataFolder, password, isThrowAway }: Options) {
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
  const secrets = mkdtempSync(path.join(os.tmpdir(), 'sluice-initdb-'))
  const passwordFile = path.join(secrets, 'password')
  try {
    writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 })
    if (user) for (const file of [dataFolder, secrets, passwordFile]) chownSync(file, user.uid, user.gid)
    const flags = ['--auth=scram-sha-256', '--username=sluice', `--pwfile=${passwordFile}`, '--encoding=UTF8', '--locale=C', ...(isThrowAway ? ['--no-sync'] : [])]
    execFileSync(initdb, [`--pgdata=${dataFolder}`, ...flags], { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' })
  } catch (error) {
    rmSync(dataFolder, { recursive: true, force: true }) // a half-made cluster would be taken for a whole one at the next start
    const { stderr, message } = error as { stderr?: string; message: string }
    throw new Error(`Postgres could not be set up in ${dataFolder}: ${(stderr ?? '').trim() || message}`, { cause: error })
  } finally {
    rmSync(secrets, { recursive: true, force: true })
  }
}

function launch({ postgres, user }: Binaries, { dataFolder, port, isThrowAway, onLog }: Options): Promise<ChildProcess> {
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=', // a socket path under a deep folder exceeds the 107 characters allowed
    'max_connections=200',
    'log_checkpoints=off', // the embedded server's log is for people: what it says at a checkpoint is of no use to them
    'lc_messages=C', // the line waited for below must be in English
    ...(isThrowAway ? ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'autovacuum=off'] : []),
  ]
  const args = ['-D', dataFolder, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  // A group of its own, or Ctrl-C in the terminal would end the database before those who use it.
  const child = spawn(postgres, args, { ...user, cwd: '/', detached: true, stdio: ['ignore', 'ignore', 'pipe'] })
  return new Promise((resolve, reject) => {
    let output = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4000)
      if (output.includes('database system is ready to accept connections')) resolve(child)
      onLog?.(text)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`Postgres ended at its start with code ${code}: ${output.trim().split('\n').slice(-5).join('\n')}`)))
  })
}

/**
 * Ends a server of the same cluster that outlived whoever started it (a SIGKILL): it would keep the new one out.
 * The file it leaves names its process; the command line is compared, because the number may be another's by now.
 */
async function endLeftover(dataFolder: string) {
  const pidFile = path.join(dataFolder, 'postmaster.pid')
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8').split('\n')[0])
  const isOurs = () => commandLine(pid).includes(dataFolder)
  if (!isOurs()) return
  process.kill(pid, 'SIGINT')
  const deadlineMs = performance.now() + 15_000
  while (isOurs()) {
    if (performance.now() > deadlineMs) throw new Error(`A Postgres with the data in ${dataFolder} (process ${pid}) does not end; end it and start again`)
    await setTimeout(50)
  }
}

function commandLine(pid: number): string {
  const run = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  // Slim images have no ps; the kernel's own file says the same.
  if (run.error) return existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : ''
  return run.stdout
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => {
    child.once('exit', () => resolve())
    child.kill('SIGINT') // fast shutdown; SIGTERM would wait for every session to end by itself
  })
}

/** A port of 127.0.0.1 that nothing listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address ? resolve(address.port) : reject(new Error('No free port'))))
    })
  })
}
