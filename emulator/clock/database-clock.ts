import pg from 'pg'
import { nextOffset, type Clock, type ClockChange } from '#emulator/clock/clock.ts'

const channel = 'sluice_clock'
const undefinedTable = '42P01'

/**
 * Product time of a database: its own clock plus the offset in the row clock(id = 1). The row is read at start, on
 * every notification, and after a lost connection. Until the table exists (the emulator may start before the
 * migrations) the offset is 0 and reading goes on every `retryMs`. Never throws for a database that is away.
 */
export async function databaseClock(url: string, log: (message: string, fields: Record<string, unknown>) => void, retryMs = 1000): Promise<Clock> {
  const shared = new SharedOffset(url, log, retryMs)
  await shared.start()
  return shared
}

class SharedOffset implements Clock {
  readonly #url: string
  readonly #log: (message: string, fields: Record<string, unknown>) => void
  readonly #retryMs: number
  #client: pg.Client | null = null
  #retry: NodeJS.Timeout | null = null
  #closed = false
  #offsetMs = 0
  /** Database time minus our own. */
  #skewMs = 0

  constructor(url: string, log: (message: string, fields: Record<string, unknown>) => void, retryMs: number) {
    this.#url = url
    this.#log = log
    this.#retryMs = retryMs
  }

  nowMs(): number {
    return Math.floor(Date.now() + this.#skewMs + this.#offsetMs)
  }

  offsetMs(): number {
    return this.#offsetMs
  }

  async start(): Promise<void> {
    try {
      const client = new pg.Client({ connectionString: this.#url, application_name: 'sluice emulator' })
      client.on('error', () => this.#lost(client))
      client.on('end', () => this.#lost(client))
      client.on('notification', () => void this.#refresh(client))
      await client.connect()
      this.#client = client
      await client.query(`listen ${channel}`)
      await this.#refresh(client)
    } catch (cause) {
      this.#again('the clock of the database cannot be read yet', cause)
    }
  }

  async change(change: ClockChange): Promise<number> {
    // A connection of its own: the listening one may be busy reading.
    const client = new pg.Client({ connectionString: this.#url, application_name: 'sluice emulator clock' })
    await client.connect()
    try {
      await client.query('begin')
      await client.query('insert into clock (id, offset_ms) values (1, 0) on conflict (id) do nothing')
      const row = await client.query<{ offset_ms: string }>('select offset_ms from clock where id = 1 for update')
      const offset = nextOffset(Number(row.rows[0]?.offset_ms ?? 0), change)
      await client.query('update clock set offset_ms = $1 where id = 1', [offset])
      await client.query('select pg_notify($1, $2)', [channel, String(offset)])
      await client.query('commit')
      this.#offsetMs = offset
      return offset
    } finally {
      await client.end()
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    if (this.#retry) clearTimeout(this.#retry)
    await this.#client?.end()
  }

  async #refresh(client: pg.Client): Promise<void> {
    try {
      const before = Date.now()
      const { rows } = await client.query<{ now_ms: string; offset_ms: string | null }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as now_ms, (select offset_ms from clock where id = 1) as offset_ms')
      const row = rows[0]
      if (!row) return
      this.#skewMs = Number(row.now_ms) - (before + Date.now()) / 2
      this.#offsetMs = Number(row.offset_ms ?? 0)
    } catch (cause) {
      const missing = cause instanceof pg.DatabaseError && cause.code === undefinedTable
      this.#again(missing ? 'the table clock is not there yet' : 'the clock of the database cannot be read', missing ? undefined : cause)
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = null
    this.#again('lost the connection to the clock of the database', undefined)
  }

  #again(message: string, cause: unknown): void {
    if (this.#closed || this.#retry) return
    this.#log(message, { retryMs: this.#retryMs, ...(cause instanceof Error && { error: cause.message }) })
    this.#retry = setTimeout(() => {
      this.#retry = null
      const client = this.#client
      if (client) void this.#refresh(client)
      else void this.start()
    }, this.#retryMs)
    this.#retry.unref()
  }
}
