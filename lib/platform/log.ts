import { AsyncLocalStorage } from 'node:async_hooks'

type Severity = 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR'
/** What every line written inside `withLogContext` carries. */
export type LogContext = { request_id?: string; rollout_id?: string; actor?: string }
type Fields = Readonly<Record<string, unknown>>

// Next bundles this module once per route; a store of its own per bundle would lose the context between them.
const shared = globalThis as typeof globalThis & { sluiceLogContext?: AsyncLocalStorage<LogContext> }
const contexts = (shared.sluiceLogContext ??= new AsyncLocalStorage<LogContext>())

/** Runs `work`; every line logged in it, also after awaits, carries `context` on top of what was there. */
export const withLogContext = <T>(context: LogContext, work: () => T): T => contexts.run({ ...contexts.getStore(), ...context }, work)

/** The context in force, for handing a request id on. */
export const logContext = (): LogContext => contexts.getStore() ?? {}

/**
 * One JSON object per line on stdout, with the field names Cloud Logging reads (`severity`, `message`, `time`).
 * Secrets are left out by name and by shape, in nested objects and error texts too.
 */
export const log = {
  debug: (message: string, fields?: Fields) => write('DEBUG', message, fields),
  info: (message: string, fields?: Fields) => write('INFO', message, fields),
  warning: (message: string, fields?: Fields) => write('WARNING', message, fields),
  error: (message: string, fields?: Fields) => write('ERROR', message, fields),
}

function write(severity: Severity, message: string, fields: Fields = {}) {
  const line = { severity, message: redactText(message), time: new Date().toISOString(), ...contexts.getStore(), ...(redact(fields, 0) as Fields) }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const secretName = /secret|password|passwd|token$|authorization|cookie|api[-_]?key|private[-_]?key|credential|database_?url|dsn$/i
const secretShapes: readonly [RegExp, string][] = [
  [/\b(slc_)[\w-]+/g, '$1[hidden]'],
  [/\b(bearer|basic)\s+[\w.~+/=-]+/gi, '$1 [hidden]'],
  [/([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]*@/gi, '$1:[hidden]@'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '[hidden]'],
]
const deepest = 6

const redactText = (text: string) => secretShapes.reduce((hidden, [shape, by]) => hidden.replace(shape, by), text)

/** A copy fit for a log: JSON only, errors as name, message and stack, nothing secret, nothing endless. */
export function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Error) return describeError(value, depth)
  if (typeof value !== 'object' || value === null) return value
  if (depth >= deepest) return '[deeper]'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, secretName.test(name) ? '[hidden]' : redact(item, depth + 1)]),
  )
}

const describeError = (error: Error, depth: number) => ({
  name: error.name,
  message: redactText(error.message),
  ...(error.stack !== undefined && { stack: redactText(error.stack) }),
  ...(error.cause !== undefined && depth < deepest && { cause: redact(error.cause, depth + 1) }),
})
