import { capital } from '#components/ui/format.ts'
import type { BlueprintChange } from '#lib/blueprints/contract.ts'
import type { z } from 'zod'

type Change = z.infer<typeof BlueprintChange>

/** Lists of a blueprint whose items have names, and what one of them is called. */
const collections: Readonly<Record<string, string>> = {
  services: 'service', environments: 'environment', strategies: 'strategy', suites: 'suite', approvals: 'approval rule', targets: 'target', checks: 'check', rules: 'rule', after: 'upstream',
}

/** The way to what changed: named things first, then the field of the last one. */
function placeOf(path: string): { things: string[]; field: string } {
  const things: string[] = []
  const parts = path.split('.')
  let i = parts[0] === 'spec' || parts[0] === 'metadata' ? 1 : 0
  for (; i < parts.length; i++) {
    const kind = collections[parts[i] ?? '']
    const name = parts[i + 1]
    if (kind === undefined || name === undefined) break
    things.push(`${kind} ${name}`)
    i++
  }
  return { things, field: parts.slice(i).join(' ') }
}

const longestShown = 60

/** A value short enough to be read in a sentence; null for what only the lines can show. */
function valueText(value: unknown): string | null {
  if (value === null || value === undefined) return 'nothing'
  if (typeof value === 'string') return value === '' ? 'an empty text' : value.length > longestShown ? null : value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value) && value.every((v) => typeof v === 'string' || typeof v === 'number')) return value.join(', ') || 'none'
  const json = JSON.stringify(value)
  return json.length > longestShown ? null : json
}

/** One change of a plan as a sentence: "Environment production, approval rule managers: count becomes 2 (was 1)." */
export function changeText({ op, path, before, after }: Change): string {
  const order = path.endsWith(' (order)')
  const { things, field } = placeOf(order ? path.slice(0, -' (order)'.length) : path)
  if (order) return `${[...things.map(capital), ''].join(': ')}the order of ${field} becomes ${valueText(after) ?? 'another one'}.`
  const [last, outer] = [things.at(-1), things.slice(0, -1)]
  if (field === '' && last) {
    const where = outer.length > 0 ? ` of ${outer.toReversed().join(' of ')}` : ''
    if (op === 'add') return `Adds the ${last}${where}.`
    if (op === 'remove') return `Removes the ${last}${where}.`
  }
  const subject = things.length > 0 ? `${capital(things.join(', '))}: ` : ''
  const name = field || 'it'
  const [was, is] = [valueText(before), valueText(after)]
  if (op === 'add') return `${subject}${name} is set${is === null ? '' : ` to ${is}`}.`
  if (op === 'remove') return `${subject}${name} is no longer set${was === null ? '' : ` (was ${was})`}.`
  return is === null || was === null ? `${subject}${name} changes; the lines below show how.` : `${subject}${name} becomes ${is} (was ${was}).`
}
