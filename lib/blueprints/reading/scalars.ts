import { isScalar } from 'yaml'
import { nearestOf } from '#lib/blueprints/reading/nearest.ts'
import { bad, type Bad, fail, type Read, wrongType } from '#lib/blueprints/reading/shape.ts'
import { type Cursor, resolved } from '#lib/blueprints/reading/source.ts'

function stringAt(at: Cursor, wanted: string): string | Bad {
  const node = resolved(at)
  return isScalar(node) && typeof node.value === 'string' ? storable(at, node.value) : wrongType(at, wanted)
}

/** An escape in the text can name what the database refuses to keep. */
const storable = (at: Cursor, value: string): string | Bad => (value.isWellFormed() && !value.includes('\0') ? value : fail(at, 'has a NUL or half a surrogate pair'))

/** A number is taken as it stands in the text, so that 1.10 stays 1.10. */
function writtenAt(at: Cursor, wanted: string): string | Bad {
  const node = resolved(at)
  if (!isScalar(node) || node.value === null) return wrongType(at, wanted)
  return typeof node.value === 'string' ? storable(at, node.value) : (node.source ?? String(node.value))
}

export const pattern =
  (regex: RegExp, wanted: string): Read<string> =>
  (at) => {
    const value = stringAt(at, wanted)
    return value === bad || regex.test(value) ? value : fail(at, `${JSON.stringify(value.slice(0, 100))} is not ${wanted}`)
  }

export const slug = pattern(/^[a-z][a-z0-9-]{0,62}$/, 'a slug: lower-case letters, digits and dashes, starting with a letter, at most 63')

/** Free text of one line. */
export const text = (max: number): Read<string> => (at) => {
  const value = stringAt(at, `text of 1 to ${max} characters`)
  if (value === bad) return bad
  const trimmed = value.trim()
  // oxlint-disable-next-line no-control-regex -- a name with a line break or an escape would forge lines in logs and mails
  if (/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(trimmed)) return fail(at, 'has a line break or a control character')
  return trimmed.length >= 1 && trimmed.length <= max ? trimmed : fail(at, `needs 1 to ${max} characters; this has ${trimmed.length}`)
}
export const freeName = text(80)

export const oneOf =
  <const T extends string>(allowed: readonly T[], notYet: Readonly<Record<string, string>> = {}): Read<T> =>
  (at) => {
    const value = stringAt(at, `one of ${allowed.join(', ')}`)
    if (value === bad) return bad
    const found = allowed.find((a) => a === value)
    if (found !== undefined) return found
    const later = Object.hasOwn(notYet, value) ? notYet[value] : undefined
    if (later !== undefined) return fail(at, `${later} not available yet; allowed now: ${allowed.join(', ')}`, allowed)
    return fail(at, `"${value.slice(0, 80)}" is not allowed here; allowed: ${allowed.join(', ')}`, allowed, nearestOf(value, allowed))
  }

export const whole =
  (min: number, max: number, unit = ''): Read<number> =>
  (at) => {
    const node = resolved(at)
    const wanted = `a whole number from ${min} to ${max}${unit}`
    if (!isScalar(node) || typeof node.value !== 'number') return wrongType(at, wanted)
    return Number.isInteger(node.value) && node.value >= min && node.value <= max ? node.value : fail(at, `needs ${wanted}, not ${node.value}`)
  }

export const flag: Read<boolean> = (at) => {
  const node = resolved(at)
  return isScalar(node) && typeof node.value === 'boolean' ? node.value : wrongType(at, 'true or false')
}

const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const isUnit = (u: string | undefined): u is keyof typeof unitMs => u !== undefined && Object.hasOwn(unitMs, u)
const maxDurationMs = 366 * unitMs.d

/** Milliseconds of `30s`, `10m`, `72h`, `7d`. Only latencies are finer than a second, so `ms` must be asked for. */
export const duration =
  ({ minMs = 0, maxMs = maxDurationMs, fine = false }: { minMs?: number; maxMs?: number; fine?: boolean } = {}): Read<number> =>
  (at) => {
    const wanted = fine ? 'a duration such as 500ms or 2s' : 'a duration such as 30s, 10m, 72h or 7d'
    const written = writtenAt(at, wanted)
    if (written === bad) return bad
    const [, digits, unit] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(written) ?? []
    if (digits === undefined || !isUnit(unit) || (unit === 'ms' && !fine)) return fail(at, `${JSON.stringify(written.slice(0, 60))} is not ${wanted}`)
    const ms = Number(digits) * unitMs[unit]
    if (ms < minMs || ms > maxMs) return fail(at, `${written} is out of range: ${writeDuration(minMs)} to ${writeDuration(maxMs)}`)
    return ms
  }

/** The shortest of the contract's forms that says exactly this. */
export function writeDuration(ms: number): string {
  if (ms === 0) return '0s'
  for (const unit of ['d', 'h', 'm', 's'] as const) if (ms % unitMs[unit] === 0) return `${ms / unitMs[unit]}${unit}`
  return `${ms}ms`
}

/** A fraction from `1%` or 0 to 1. */
export const rate: Read<number> = (at) => {
  const wanted = 'a rate such as 1% or a fraction from 0 to 1'
  const written = writtenAt(at, wanted)
  if (written === bad) return bad
  const [, number, percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(written) ?? []
  // Parsed with the exponent in the text: 0.7 / 100 is 0.006999999999999999.
  const value = number === undefined ? Number.NaN : Number(percent ? `${number}e-2` : number)
  return value >= 0 && value <= 1 ? value : fail(at, `${JSON.stringify(written.slice(0, 60))} is not ${wanted}`)
}

export const writeRate = (fraction: number): string => `${Number((fraction * 100).toFixed(6))}%`

/** Text that YAML may have taken for a number or a truth value: environment values, cpu. */
export const written =
  (wanted: string, regex: RegExp): Read<string> =>
  (at) => {
    const value = writtenAt(at, wanted)
    return value === bad || regex.test(value) ? value : fail(at, `${JSON.stringify(value.slice(0, 60))} is not ${wanted}`)
  }

/** `null`, `~` or nothing stands for null. */
export const orNull =
  <T>(read: Read<T>): Read<T | null> =>
  (at) => {
    const node = resolved(at)
    return node === null || (isScalar(node) && node.value === null) ? null : read(at)
  }

/** One value, or a list of them. */
export const oneOrMany =
  <T>(one: Read<T>, many: Read<T[]>): Read<T[]> =>
  (at) => {
    if (!isScalar(resolved(at))) return many(at)
    const value = one(at)
    return value === bad ? bad : [value]
  }
