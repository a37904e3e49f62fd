/** Plain words for numbers, used by plans, gates and headlines alike. */

const units = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
] as const

/** "1 h 30 min", "45 s"; two units at most. Less than a second counts as a whole one, so that a wait is never "0 s". */
export function durationText(ms: number): string {
  let rest = ms > 0 && ms < 1000 ? 1000 : ms
  const parts: string[] = []
  for (const [name, size] of units) {
    const count = Math.floor(rest / size)
    if (count === 0) continue
    parts.push(`${count} ${name}`)
    rest -= count * size
    if (parts.length === 2) break
  }
  return parts.join(' ') || '0 s'
}

/** "a", "a and b", "a, b and c". */
export function listText(items: readonly string[], last = 'and'): string {
  if (items.length <= 1) return items[0] ?? ''
  return `${items.slice(0, -1).join(', ')} ${last} ${items.at(-1)}`
}

export const countText = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`
