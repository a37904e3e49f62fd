/** Words for amounts, the same everywhere. All pure; times are milliseconds. */

const plural = (n: number, unit: string) => `${n} ${unit}`

/** "44 s", "12 min", "3 h 12 min", "2 d 20 h": at most two units. */
export function durationText(ms: number): string {
  const s = Math.round(Math.abs(ms) / 1000)
  if (s < 60) return plural(s, 's')
  const min = Math.floor(s / 60)
  if (min < 10 && s % 60 !== 0) return `${min} min ${s % 60} s`
  if (min < 60) return plural(min, 'min')
  const h = Math.floor(min / 60)
  if (h < 24) return min % 60 === 0 ? plural(h, 'h') : `${h} h ${min % 60} min`
  const d = Math.floor(h / 24)
  return h % 24 === 0 || d > 6 ? plural(d, 'd') : `${d} d ${h % 24} h`
}

/** "12 min ago", "in 3 h", "now". */
export function relativeText(atMs: number, nowMs: number): string {
  const diff = atMs - nowMs
  if (Math.abs(diff) < 1500) return 'now'
  const coarse = Math.abs(diff) >= 60_000 ? Math.floor(Math.abs(diff) / 60_000) * 60_000 : Math.abs(diff)
  const text = durationText(coarse)
  return diff < 0 ? `${text} ago` : `in ${text}`
}

/** "12 min", "3 h", "4 d": one unit, rounded down; "now" below a minute. */
export function ageText(atMs: number, nowMs: number): string {
  const min = Math.floor((nowMs - atMs) / 60_000)
  if (min < 1) return 'now'
  if (min < 60) return plural(min, 'min')
  return min < 1440 ? plural(Math.floor(min / 60), 'h') : plural(Math.floor(min / 1440), 'd')
}

// Making a formatter costs a hundred times what using it does, and a page has hundreds of times.
const formatters = new Map<string, Intl.DateTimeFormat>()

/** `zone` undefined is the reader's, which changes when a laptop travels: then its offset does. */
function part(zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${zone ?? new Date().getTimezoneOffset()} ${JSON.stringify(options)}`
  const known = formatters.get(key) ?? new Intl.DateTimeFormat('en-GB', { ...options, ...(zone ? { timeZone: zone } : {}) })
  formatters.set(key, known)
  return known
}
const dayKey = (ms: number, zone: string | undefined) => part(zone, { year: 'numeric', month: '2-digit', day: '2-digit' }).format(ms)

/** Today "14:32:04", else "17 Nov 14:32", else with the year; `always` keeps the seconds on other days too. `zone` undefined is the reader's. */
export function clockText(atMs: number, nowMs: number, zone: string | undefined, seconds: boolean | 'always' = true): string {
  const time = part(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23', ...(seconds ? { second: '2-digit' as const } : {}) })
  if (dayKey(atMs, zone) === dayKey(nowMs, zone)) return time.format(atMs)
  const sameYear = part(zone, { year: 'numeric' }).format(atMs) === part(zone, { year: 'numeric' }).format(nowMs)
  const day = part(zone, { day: 'numeric', month: 'short', ...(sameYear ? {} : { year: 'numeric' as const }) }).format(atMs)
  const withinDay = seconds === 'always' ? time : part(zone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' })
  return sameYear ? `${day} ${withinDay.format(atMs)}` : day
}

/** The whole of it, with the zone named: for titles. */
export const fullText = (atMs: number, zone: string | undefined): string =>
  part(zone, { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZoneName: 'short' }).format(atMs)

export const countText = (n: number): string => n.toLocaleString('en-US')
/** 0 → "0%", 0.0053 → "0.53%"; never rounds something to nothing. */
export const rateText = (fraction: number): string => fraction === 0 ? '0%' : `${(fraction * 100).toFixed(fraction < 0.1 ? 2 : 1)}%`
export const millisText = (ms: number): string => (ms >= 1000 ? `${(ms / 1000).toFixed(ms >= 10_000 ? 0 : 1)} s` : `${Math.round(ms)} ms`)

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** With a full stop, unless it has its own end. */
export const sentence = (text: string): string => (/[.!?…”"]$/.test(text) ? text : `${text}.`)
