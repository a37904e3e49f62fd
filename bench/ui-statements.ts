import { randomUUID } from 'node:crypto'
import { openSync, readSync, closeSync, statSync } from 'node:fs'
import path from 'node:path'
import pg from 'pg'
import { page, type Product } from '#bench/ui-product.ts'
import type { Route } from '#bench/ui-routes.ts'
import { percentile, table } from '#bench/statistics.ts'
import { waitFor } from '#scripts/steps.ts'

/** Counts what the web process asks of the database, by the server's own log. */
export type Statements = {
  /** The web's statements while `work` ran, begin and commit included, in order. */
  during: (work: () => Promise<unknown>) => Promise<string[]>
  /** The connection that it marks with; what runs on it is not counted. */
  client: pg.Client
  /** Logs nothing from now on: writing the log would slow what is timed next. */
  quiet: () => Promise<void>
  stop: () => Promise<void>
}

const patienceMs = 30_000

/** Every statement is logged from now on until `stop`. The worker must stand still: its connections bear the same name. */
export async function logStatements(dataFolder: string, databaseUrl: string): Promise<Statements> {
  const file = path.join(dataFolder, 'logs', 'postgres.log')
  const client = new pg.Client({ connectionString: databaseUrl, application_name: 'bench' })
  await client.connect()
  await set("alter system set log_statement = 'all'", "alter system set log_line_prefix = '[%a] '")
  async function set(...changes: string[]) {
    for (const change of changes) await client.query(change)
    await client.query('select pg_reload_conf()')
  }
  /** Writes a line that nobody else writes, and answers where in the log it ends. */
  const mark = async (from: number): Promise<{ at: number; text: string }> => {
    const word = `mark ${randomUUID()}`
    let text = ''
    // Each backend takes the new settings up before its next statement, this one too: the first marks may go unlogged.
    await waitFor('the log of the database', patienceMs, async () => {
      await client.query(`select '${word}'`)
      text = readFrom(file, from)
      return text.includes(word)
    })
    return { at: from + Buffer.byteLength(text), text: text.slice(0, text.indexOf(word)) }
  }
  return {
    client,
    during: async (work) => {
      const { at } = await mark(statSync(file).size)
      await work()
      const { text } = await mark(at)
      return text.split('\n').flatMap((line) => /^\[sluice\] LOG:\s+(?:execute [^:]*|statement): (.*)$/.exec(line)?.[1] ?? [])
    },
    quiet: () => set('alter system reset log_statement', 'alter system reset log_line_prefix'),
    stop: () => client.end(),
  }
}

function readFrom(file: string, offset: number): string {
  const bytes = Buffer.alloc(Math.max(0, statSync(file).size - offset))
  const handle = openSync(file, 'r')
  try {
    readSync(handle, bytes, 0, bytes.length, offset)
  } finally {
    closeSync(handle)
  }
  return bytes.toString('utf8')
}

/** Statements of each page, median of three looks after one that is not counted. */
export async function statementsPerPage(product: Product, statements: Statements, routes: readonly Route[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const r of routes) {
    const looks: number[] = []
    for (let i = 0; i < 4; i++) {
      // A snapshot that grew old is read live by its page: that is another thing than this.
      await statements.client.query('update target set snapshot_at = clock_timestamp() where snapshot is not null')
      const seen = await statements.during(() => page(product.url + r.path, r.cookie))
      if (i > 0) looks.push(seen.length)
    }
    counts.set(r.route, percentile(looks, 50))
  }
  return counts
}

export function statementsTable(few: ReadonlyMap<string, number>, many: ReadonlyMap<string, number>, title: { few: string; many: string }): string {
  return table(['statements per page', title.few, title.many, 'more'], [...few].map(([route, before]) => {
    const after = many.get(route) ?? Number.NaN
    return [`\`${route}\``, String(before), String(after), after === before ? '–' : String(after - before)]
  }))
}
