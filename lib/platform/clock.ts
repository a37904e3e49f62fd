import { db, type Tx } from '#lib/platform/db/client.ts'
import { Prisma } from '#lib/platform/db/generated/client.ts'

/** A reading is trusted this long before the database is asked again, by this machine's steady clock. */
const trustedForMs = 500

type Reading = { productMs: number; steadyMs: number }
type Shared = typeof globalThis & { sluiceClock?: Reading }
const shared = globalThis as Shared

/**
 * Product time in ms since 1970: the database's clock plus the offset of the row `clock`. Everything people see or
 * agree on (windows, expiry, soak, bakes) uses it; leases do not, they use the database's clock as it is.
 * Without `tx` a reading is reused for up to half a second, carried on by this machine's steady clock, so that a page
 * may ask often; with `tx` the database is asked, in that transaction.
 */
export async function nowMs(tx?: Tx): Promise<number> {
  const steadyMs = performance.now()
  if (tx) return readClock(tx)
  const last = shared.sluiceClock
  if (last && steadyMs - last.steadyMs < trustedForMs) return Math.floor(last.productMs + (steadyMs - last.steadyMs))
  const productMs = await readClock(db)
  shared.sluiceClock = { productMs, steadyMs: performance.now() }
  return productMs
}

/** Product time as a Date, for columns. */
export const nowDate = async (tx?: Tx): Promise<Date> => new Date(await nowMs(tx))

/** Product time as a value in a statement that is made anyway. clock_timestamp() and not now(): in a long transaction now() stays at its start. */
export const productMs = Prisma.sql`floor(extract(epoch from clock_timestamp()) * 1000)::bigint + coalesce((select offset_ms from clock where id = 1), 0)`

async function readClock(reader: Pick<Tx, '$queryRaw'>): Promise<number> {
  const rows = await reader.$queryRaw<{ ms: bigint }[]>`select ${productMs} as ms`
  const row = rows[0]
  if (!row) throw new Error('The database gave no time')
  return Number(row.ms)
}

/**
 * Moves product time by `deltaMs` from where it is, and tells the emulator, which keeps the offset. Never back: deadlines
 * that passed would open again. Only for demos and tests; the caller makes sure that demo accounts exist.
 */
export async function moveClock(deltaMs: number, tx: Pick<Tx, '$queryRaw'> = db): Promise<void> {
  if (!Number.isInteger(deltaMs) || deltaMs < 0) throw new RangeError('The clock moves by a whole number of ms, and not back')
  await tx.$queryRaw`with moved as (
      insert into clock (id, offset_ms) values (1, ${deltaMs}::bigint)
      on conflict (id) do update set offset_ms = clock.offset_ms + excluded.offset_ms returning offset_ms)
    select pg_notify('sluice_clock', offset_ms::text)::text from moved`
  delete shared.sluiceClock
}
