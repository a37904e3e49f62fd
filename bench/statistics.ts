/** The value below which `percent` of the sorted samples lie, by nearest rank; no value is made up between two samples. */
export function percentile(samples: readonly number[], percent: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  const value = sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)]
  if (value === undefined) throw new RangeError('a percentile of no samples')
  return value
}

export type Summary = { p50: number; p95: number; p99: number }

export const summarise = (samples: readonly number[]): Summary => ({ p50: percentile(samples, 50), p95: percentile(samples, 95), p99: percentile(samples, 99) })

/** A Markdown table, so that the output can go into a page as it is. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}
