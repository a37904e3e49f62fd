import 'server-only'
import { setTimeout as pause } from 'node:timers/promises'
import { backgroundDone } from '#lib/platform/background.ts'
import { disconnect } from '#lib/platform/db/client.ts'
import { announceGap, stopListening } from '#lib/platform/db/notify.ts'
import { env } from '#lib/platform/env.ts'
import { log } from '#lib/platform/log.ts'

/** Longest time for requests under way, once asked to end. */
const drainMs = 5000
/** And for what goes on after its answer. Together they are less than the supervisor waits before it kills. */
const lastWaitMs = 2000

/** Checks the settings before the first request, and ends the process in good order when asked. */
export function startWeb(): void {
  const settings = settingsOrExit()
  // next-auth reads these two itself.
  process.env['NEXTAUTH_URL'] ??= settings.SLUICE_URL
  process.env['NEXTAUTH_SECRET'] ??= settings.NEXTAUTH_SECRET
  const end = (signal: NodeJS.Signals) => {
    log.info('The web process ends', { signal })
    // Event streams have no end of their own and would be waited for; the browser opens a new one elsewhere.
    announceGap()
    // Next stops accepting and answers what is under way; connections to the database go last.
    setTimeout(() => void closeConnections().finally(() => process.exit(0)), drainMs).unref()
  }
  process.once('SIGTERM', end)
  process.once('SIGINT', end)
  log.info('The web process starts', { cloud: settings.SLUICE_CLOUD, isEmbedded: settings.isEmbedded, demo: settings.SLUICE_DEMO })
}

async function closeConnections() {
  // A rollback that was just written is read back, unless the cloud hangs: then a worker does it.
  await Promise.race([backgroundDone(), pause(lastWaitMs)])
  await Promise.allSettled([stopListening(), disconnect()])
}

function settingsOrExit() {
  try {
    return env()
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  }
}
