import 'server-only'
import pg from 'pg'
import { env } from '#lib/platform/env.ts'
import { log } from '#lib/platform/log.ts'

type Listener = (payload: string) => void
/** `client` is undefined while there is no connection. */
type Hub = { listeners: Map<string, Set<Listener>>; client: pg.Client | undefined; timer: NodeJS.Timeout | undefined; failures: number; isConnecting: boolean }

const firstRetryMs = 250
const lastRetryMs = 10_000
/** Payload of the call made after a reconnect: what was sent meanwhile is lost, so the subscriber reads again. */
export const reconnected = ''

// One LISTEN connection per process, whatever the number of bundles and subscribers.
const shared = globalThis as typeof globalThis & { sluiceHub?: Hub }
const hub = () => (shared.sluiceHub ??= { listeners: new Map(), client: undefined, timer: undefined, failures: 0, isConnecting: false })

/**
 * Calls `listener` with the payload of every NOTIFY on `channel`, until the function it answers is called.
 * The connection is made at the first subscriber and comes back by itself (0.25 s … 10 s); after it did, each listener
 * is called once with `reconnected`, since notifications sent meanwhile are lost.
 */
export function subscribe(channel: string, listener: Listener): () => void {
  const { listeners, client } = hub()
  const own = listeners.get(channel) ?? new Set<Listener>()
  const isNewChannel = own.size === 0
  own.add(listener)
  listeners.set(channel, own)
  if (!client) void connect()
  else if (isNewChannel) listen(client, channel)
  return () => {
    own.delete(listener)
    if (own.size > 0 || listeners.get(channel) !== own) return
    listeners.delete(channel)
    hub().client?.query(`unlisten ${pg.escapeIdentifier(channel)}`).catch(lost)
    if (listeners.size === 0) void stopListening()
  }
}

/** Tells every subscriber to read again, as after a reconnect. Event streams end by it, so that a process can too. */
export function announceGap(): void {
  for (const channel of hub().listeners.keys()) deliver(channel, reconnected)
}

/** Ends the connection, for shutdown and tests; subscribers stay registered but hear nothing more. */
export async function stopListening(): Promise<void> {
  const { client, timer } = hub()
  clearTimeout(timer)
  hub().timer = undefined
  hub().client = undefined
  await client?.end()
}

async function connect() {
  const state = hub()
  if (state.isConnecting || state.client) return
  state.isConnecting = true
  try {
    const client = new pg.Client({ connectionString: env().DATABASE_URL, application_name: 'sluice listen', keepAlive: true })
    client.on('notification', ({ channel, payload }) => deliver(channel, payload ?? ''))
    client.on('error', lost)
    client.on('end', () => state.client === client && lost())
    await client.connect()
    state.client = client
    for (const channel of state.listeners.keys()) await client.query(`listen ${pg.escapeIdentifier(channel)}`)
    if (state.failures > 0) announceGap()
    state.failures = 0
  } catch (error) {
    lost(error)
  } finally {
    state.isConnecting = false
  }
}

function listen(client: pg.Client, channel: string) {
  client.query(`listen ${pg.escapeIdentifier(channel)}`).catch(lost)
}

function deliver(channel: string, payload: string) {
  for (const listener of hub().listeners.get(channel) ?? []) {
    try {
      listener(payload)
    } catch (error) {
      log.error('A listener failed', { channel, error })
    }
  }
}

function lost(error?: unknown) {
  const state = hub()
  if (state.timer || state.listeners.size === 0) return
  const old = state.client
  state.client = undefined
  state.failures += 1
  const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** (state.failures - 1))
  log.warning('The database connection for notifications is gone; trying again', { waitMs, error })
  old?.removeAllListeners('end')
  old?.end().catch((ended: unknown) => log.debug('Closing a lost connection failed', { error: ended }))
  state.timer = setTimeout(() => {
    state.timer = undefined
    void connect()
  }, waitMs)
  state.timer.unref()
}
