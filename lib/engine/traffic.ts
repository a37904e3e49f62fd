import type { Intended, Split, TrafficEntry } from '#lib/rollouts/schema.ts'

/** Percent by revision of a wanted list; "latest" entries count for the latest ready revision. */
export function splitOf(traffic: readonly TrafficEntry[], latestReady: string | null): Split {
  const split: Split = {}
  for (const t of traffic) {
    if (t.percent === 0) continue
    const name = t.latest ? (latestReady ?? '') : t.revision
    split[name] = (split[name] ?? 0) + t.percent
  }
  return split
}

export const tagsOf = (traffic: readonly TrafficEntry[], latestReady: string | null): Record<string, string> =>
  Object.fromEntries(traffic.filter((t) => t.tag !== null).map((t) => [t.tag, t.latest ? (latestReady ?? '') : t.revision]))

export const sameSplit = (a: Split, b: Split): boolean => {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((n) => (a[n] ?? 0) === (b[n] ?? 0))
}

const entry = (revision: string, percent: number, tag: string | null): TrafficEntry => ({ revision, latest: false, percent, tag, uri: null })

/**
 * The live list with other percents: every tag stays on its revision as an entry of its own without percent, shares
 * follow in the order given. Never names "latest".
 */
export function withSplit(live: readonly TrafficEntry[], split: Split, latestReady: string | null): TrafficEntry[] {
  const shares = Object.entries(split).filter(([, p]) => p > 0).map(([name, p]) => entry(name, p, null))
  const tags = Object.entries(tagsOf(live, latestReady)).map(([tag, name]) => entry(name, 0, tag))
  return [...shares, ...tags]
}

/** The live list with "latest" replaced by the name it stands for now. */
export const pinned = (live: readonly TrafficEntry[], observed: Split, latestReady: string | null): TrafficEntry[] => withSplit(live, observed, latestReady)

/** The live list with this tag on this revision, and on no other. */
export const withTag = (live: readonly TrafficEntry[], observed: Split, latestReady: string | null, tag: string, revision: string): TrafficEntry[] => [
  ...withSplit(live.filter((t) => t.tag !== tag), observed, latestReady),
  entry(revision, 0, tag),
]

/** Same shares and same tags, in whatever order and however split over entries. */
export const sameTraffic = (a: readonly TrafficEntry[], b: readonly TrafficEntry[], latestReady: string | null): boolean =>
  !a.some((t) => t.latest) === !b.some((t) => t.latest) &&
  sameSplit(splitOf(a, latestReady), splitOf(b, latestReady)) &&
  sameTags(tagsOf(a, latestReady), tagsOf(b, latestReady))

const sameTags = (a: Record<string, string>, b: Record<string, string>): boolean => {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return [...names].every((n) => a[n] === b[n])
}

/**
 * What somebody else changed: percent per revision, or a tag that Sluice set. Other tags and settings are events, not
 * changes of what was decided here. Null when nothing of that moved.
 */
export function outsideChange(intended: Intended, liveSplit: Split, liveTags: Record<string, string>, exists = true): string | null {
  if (!exists && Object.keys(intended.split).length > 0) return 'the service is not there any more: it was deleted outside Sluice'
  const names = [...new Set([...Object.keys(intended.split), ...Object.keys(liveSplit)])].toSorted()
  const shares = names.filter((n) => (intended.split[n] ?? 0) !== (liveSplit[n] ?? 0)).map((n) => `${n}: ${intended.split[n] ?? 0}% → ${liveSplit[n] ?? 0}%`)
  const tags = Object.entries(intended.tags).filter(([tag, rev]) => liveTags[tag] !== rev).map(([tag, rev]) => `tag ${tag}: ${rev} → ${liveTags[tag] ?? 'gone'}`)
  const all = [...shares, ...tags]
  return all.length === 0 ? null : all.join('; ')
}

/** The revision with the largest share; null when nothing serves. Ties go to the name that sorts first, so that every process agrees. */
export function mainRevision(split: Split): string | null {
  const rows = Object.entries(split).filter(([, p]) => p > 0).toSorted(([a, p], [b, q]) => q - p || (a < b ? -1 : 1))
  return rows[0]?.[0] ?? null
}

export const describeSplit = (split: Split): string =>
  Object.entries(split).filter(([, p]) => p > 0).toSorted(([, p], [, q]) => q - p).map(([n, p]) => `${p}% ${n}`).join(', ') || 'no traffic'
