import { actorText } from '#components/audit/actor.ts'
import { capital, durationText } from '#components/ui/format.ts'
import type { AuditEvent } from '#lib/audit/contract.ts'

/** One line of a log: what it says, and the rows it stands for, oldest first. A line of one row opens to nothing. */
export type LogLine = { key: string; at: string; by: string; text: string; reason: string | null; rows: readonly AuditEvent[] }

type Line = { rows: AuditEvent[]; request: AuditEvent | null; outcome: AuditEvent | null }

const isRequest = (e: AuditEvent) => /^(rollout|target)\.\w+_requested$/.test(e.verb) && /^requested/.test(e.message)
/** Only what was read back is an outcome. */
const isReadBack = (e: AuditEvent) => e.verb.startsWith('rollout.') && /^read back/.test(e.message)
/** Said by the request and its outcome already. */
const isEcho = (e: AuditEvent) => e.verb === 'rollout.candidate' || (e.verb === 'rollout.step_passed' && /^step \d+: (deploy|setWeight)\b/.test(e.message))

const isStepStart = (l: Line) => l.rows.length === 1 && l.rows[0]?.verb === 'rollout.step_started'
const isStepEnd = (e: AuditEvent) => /^rollout\.step_(passed|skipped)$/.test(e.verb)

const sameAfter = (a: AuditEvent, b: AuditEvent) => a.after !== null && JSON.stringify(entries(a.after)) === JSON.stringify(entries(b.after))
const entries = (v: unknown): unknown => (typeof v === 'object' && v !== null ? Object.entries(v).toSorted(([a], [b]) => a.localeCompare(b)) : v)
const answers = (request: AuditEvent, e: AuditEvent) => isReadBack(e) && (request.subject.id === e.subject.id || sameAfter(request, e))

/**
 * A write that was asked and read back is one line, together with the step that began for it and what only repeats it; so
 * is a step that began and passed with nothing in between.
 * Anything else that happened in between keeps its own line. Takes and gives the newest first.
 */
export function foldEvents(events: readonly AuditEvent[]): LogLine[] {
  const lines: Line[] = []
  for (const e of events.toReversed()) {
    const last = lines.at(-1)
    const asked = lines.findLast((l) => l.request !== null && l.outcome === null && answers(l.request, e))
    if (isRequest(e)) {
      const step = last && isStepStart(last) && last.rows[0]?.subject.id === e.subject.id ? lines.pop() : undefined
      lines.push({ rows: [...(step?.rows ?? []), e], request: e, outcome: null })
    } else if (asked) {
      asked.rows.push(e)
      asked.outcome = e
      // The line stands where it ended.
      lines.push(...lines.splice(lines.indexOf(asked), 1))
    } else if (last?.outcome && isEcho(e) && last.outcome.subject.id === e.subject.id) last.rows.push(e)
    else if (last && isStepEnd(e) && isStepStart(last) && last.rows[0]?.subject.id === e.subject.id) last.rows.push(e)
    else lines.push({ rows: [e], request: null, outcome: null })
  }
  return lines.toReversed().map(lineOf)
}

function lineOf({ rows, request, outcome }: Line): LogLine {
  const newest = outcome ?? request ?? rows.at(-1)
  const who = request ?? newest
  if (!newest || !who) throw new Error('a line of the log has no row')
  const said = request ? writeText(request, outcome) : say(newest.message)
  return { key: newest.id, at: newest.at, by: actorText(who), text: said, reason: who.reason !== null && !said.includes(who.reason) ? who.reason : null, rows }
}

const done: readonly [RegExp, string][] = [
  [/^sends: /, 'Sent '], [/^deploys /, 'Deployed '], [/^creates /, 'Created '], [/^adds the tag at 0%: /, 'Added the tag at 0%: '], [/^pins the latest revision by its name: /, 'Pinned the latest revision by its name: '],
  [/^goes back: /, 'Went back: '], [/^restores: /, 'Restored '], [/^shifts: /, 'Shifted to '], [/^rolls back: /, 'Rolled back: '], [/^writes the live split again/, 'Wrote the live split again'], [/^/, 'Asked for '],
]

function writeText(request: AuditEvent, outcome: AuditEvent | null): string {
  const what = request.message.replace(/^requested( again)?: /, '')
  if (!outcome) return `Requested, not read back yet: ${short(what)}`
  const [pattern, word] = done.find(([start]) => start.test(what)) ?? [/^/, '']
  const tookMs = Date.parse(outcome.at) - Date.parse(request.at)
  return `${short(what.replace(pattern, word))}; read back ${tookMs < 1000 ? 'within a second' : `after ${durationText(tookMs)}`}${extra(outcome.message)}`
}

/** What a read back says beyond the split. */
const extra = (message: string): string => (message.includes('; ') ? `; ${message.slice(message.indexOf('; ') + 2)}` : '')

const stepWords: Record<string, string> = { deploy: 'deploy', verify: 'verify', setWeight: 'send traffic', bake: 'bake', approve: 'approval' }

/** A stored message as a sentence: steps by their words, revisions and digests by the part that tells them apart. */
export function say(message: string): string {
  const [, n, kind, rest] = /^step (\d+): (\w+)(?: started|: (.*))$/s.exec(message) ?? []
  const text = n !== undefined && kind !== undefined ? `step ${n}, ${stepWords[kind] ?? kind}: ${rest ?? 'began'}` : message
  return short(capital(text))
}

const short = (text: string): string => text.replace(/\b[a-z][a-z0-9-]*-(\d{5}-[a-z0-9]{3})\b/g, '$1').replace(/[\w.\-/]*@?sha256:([0-9a-f]{12})[0-9a-f]+/g, 'image $1')
