import 'server-only'
import { stringify } from 'csv-stringify/sync'
import type { Actor } from '#lib/access/actor.ts'
import type { AuditEvent, exportAudit } from '#lib/audit/contract.ts'
import { listEvents } from '#lib/audit/service.ts'
import type { Parsed } from '#lib/platform/endpoint.ts'

/** Rows read at once: the log of years never stands in memory. */
const batchRows = 1000

const columns = ['at', 'chain', 'seq', 'actorKind', 'actor', 'verb', 'subjectKind', 'subject', 'message', 'reason', 'before', 'after', 'requestId', 'hash'] as const

const cells = (e: AuditEvent): Record<(typeof columns)[number], string | number | null> => ({
  at: e.at, chain: e.chain, seq: e.seq, actorKind: e.actor.kind, actor: e.actor.name, verb: e.verb, subjectKind: e.subject.kind, subject: e.subject.id, message: e.message, reason: e.reason,
  before: jsonCell(e.before), after: jsonCell(e.after), requestId: e.requestId, hash: e.hash,
})
const jsonCell = (value: unknown): string | null => (value === null || value === undefined ? null : JSON.stringify(value))

/** A text that begins like a formula would be run by a spreadsheet; the library puts a quote before it. */
const csv = (rows: readonly AuditEvent[], header: boolean): string => stringify(rows.map(cells), { columns: [...columns], header, escape_formulas: true, record_delimiter: 'windows' })

type File = { name: string; type: string; text: AsyncGenerator<string> }

/** The audit log as a file, as far as the actor may view and as the filters say; the first batch is read before it answers, so that a refusal is one. */
export async function exportEvents(actor: Actor, { format, ...filters }: Parsed<typeof exportAudit>): Promise<File> {
  const first = await listEvents(actor, { ...filters, limit: batchRows })
  const isCsv = format === 'csv'
  return { name: `audit${filters.application === undefined ? '' : `-${filters.application}`}.${format}`, type: isCsv ? 'text/csv' : 'application/json', text: isCsv ? csvOf(pages()) : jsonOf(pages()) }

  async function* pages() {
    for (let page = first; ; ) {
      yield page.items
      if (page.nextCursor === null) return
      page = await listEvents(actor, { ...filters, limit: batchRows, cursor: page.nextCursor })
    }
  }
}

async function* csvOf(pages: AsyncGenerator<AuditEvent[]>): AsyncGenerator<string> {
  let header = true
  for await (const rows of pages) {
    yield csv(rows, header)
    header = false
  }
}

/** One array, a row a line. A file that was cut short does not parse, so it cannot pass for the whole. */
async function* jsonOf(pages: AsyncGenerator<AuditEvent[]>): AsyncGenerator<string> {
  let separator = '[\n'
  for await (const rows of pages) {
    for (const row of rows) {
      yield separator + JSON.stringify(row)
      separator = ',\n'
    }
  }
  yield separator === '[\n' ? '[]\n' : '\n]\n'
}
