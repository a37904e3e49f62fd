import { EventEmitter } from 'node:events'
import { hostname } from 'node:os'
import { run, type WorkerEvents } from 'graphile-worker'
import { readHealth } from '#lib/health/service.ts'
import { disconnect, pool } from '#lib/platform/db/client.ts'
import { stopListening } from '#lib/platform/db/notify.ts'
import { env, SettingError } from '#lib/platform/env.ts'
import { serveHealth } from '#lib/platform/health.ts'
import { log } from '#lib/platform/log.ts'
import { meetDatabase } from '#lib/restored/service.ts'
import { dueTargets, observeQuietly } from '#lib/targets/watch.ts'
import { beat, sweep, sweptOut } from './sweep.ts'
import { quietLogger } from './quiet-logger.ts'
import { tasksFor } from './tasks.ts'
import { every } from './every.ts'

const owner = `${hostname()}-${process.pid}-${Date.now().toString(36)}`
const longestSweepMs = 500
const beatEveryMs = 2_000
const watchEveryMs = 2_000
/** How soon a minute that has passed is seen, also when the clock was moved over it. */
const healthLookEveryMs = 2_000
/** Quiet targets read at the same time. */
const watchedAtOnce = 4
const concurrentJobs = 8
/** What has not come to its end by then is left to whoever takes it over after its lease. */
const graceMs = 4_000

async function main(): Promise<void> {
  let lastBeatMs = 0
  await serveHealth(env().SLUICE_WORKER_PORT, () => performance.now() - lastBeatMs < 5 * beatEveryMs)
  // Jobs are locked by the queue's own worker ids: they beat too, so that a dead process's jobs can be told apart and freed.
  const queueWorkers = new Set<string>()
  const events = new EventEmitter() as WorkerEvents
  events.on('worker:create', ({ worker }) => queueWorkers.add(worker.workerId))
  events.on('worker:release', ({ worker }) => queueWorkers.delete(worker.workerId))
  const stopped = new AbortController()
  // A lease that ended is seen within a quarter of its length: a take-over comes within lease + 1 s also when leases are short.
  const sweepEveryMs = Math.min(longestSweepMs, env().SLUICE_LEASE_MS / 4)
  const loops = [
    every(beatEveryMs, 'beat', async () => {
      await beat([owner, ...queueWorkers])
      lastBeatMs = performance.now()
    }),
    every(beatEveryMs, 'which database', meetDatabase),
    every(sweepEveryMs, 'sweep', () => sweep(owner, stopped.signal)),
    every(healthLookEveryMs, 'health', readHealth),
    every(watchEveryMs, 'watch', async () => {
      // All that are due in one look, a few at a time: hundreds of targets are each read once a minute.
      for (let due = await dueTargets(watchedAtOnce); due.length > 0 && !stopped.signal.aborted; due = await dueTargets(watchedAtOnce)) await Promise.all(due.map(observeQuietly))
    }),
  ]
  const runner = await run({ events, pgPool: pool, concurrency: concurrentJobs, noHandleSignals: true, pollInterval: 2_000, taskList: tasksFor(owner, stopped.signal), logger: quietLogger() })
  log.info('worker started', { owner })

  let stopping = false
  const stop = async (signal: string) => {
    if (stopping) return
    stopping = true
    log.info('worker stops', { signal })
    // No new work; what runs gives its lease back after the turn under way.
    stopped.abort()
    setTimeout(() => process.exit(0), graceMs).unref()
    await Promise.all([...loops.map((l) => l.stop()), runner.stop()])
    await sweptOut()
    await stopListening()
    await disconnect()
    process.exit(0)
  }
  process.on('SIGTERM', () => void stop('SIGTERM'))
  process.on('SIGINT', () => void stop('SIGINT'))
}

main().catch((error: unknown) => {
  if (error instanceof SettingError) process.stderr.write(`${error.message}\n`)
  else log.error('worker failed', { error })
  process.exit(1)
})
