import type { Series } from '#lib/drivers/prometheus/client.ts'

type Labels = Series['labels']

/** `job` and `instance` are set by Prometheus itself and tell one scraped process from another (prometheus.io/docs/concepts/jobs_instances). */
const processOf = (labels: Labels): string => JSON.stringify([labels['job'] ?? '', labels['instance'] ?? ''])

/**
 * Says from which scrape on counters began at zero: the last one of their process at which they had no series. Null when
 * the process was not scraped before, since it may have counted for long; and when other counters of the same thing
 * ended right then, since they are these under other labels. `nameOf` tells what is counted, such as a revision.
 */
export function births(answer: readonly Series[], nameOf: (labels: Labels) => string): (labels: Labels, firstMs: number) => number | null {
  const scrapes = new Map<string, Set<number>>()
  /** When series ended, by process and what they count. */
  const ends = new Map<string, Set<number>>()
  for (const { labels, samples } of answer) {
    const process = processOf(labels)
    const seen = entry(scrapes, process)
    for (const { tMs } of samples) seen.add(tMs)
    const last = samples.at(-1)
    if (last) entry(ends, `${process} ${nameOf(labels)}`).add(last.tMs)
  }
  const ordered = new Map([...scrapes].map(([process, seen]) => [process, [...seen].toSorted((a, b) => a - b)]))
  return (labels, firstMs) => {
    const process = processOf(labels)
    const before = ordered.get(process)?.findLast((tMs) => tMs < firstMs) ?? null
    return before === null || ends.get(`${process} ${nameOf(labels)}`)?.has(before) ? null : before
  }
}

function entry(map: Map<string, Set<number>>, key: string): Set<number> {
  const known = map.get(key) ?? new Set()
  map.set(key, known)
  return known
}
