/** Counts of one revision in a window. Latency counts are over all responses, by upper bucket bound in milliseconds (last is Infinity). */
export type RevisionCounts = { revision: string; requests: number; errors: number; latency: { boundsMs: number[]; counts: number[] } }

export type MetricsWindow = { fromMs: number; toMs: number }

/** Where numbers about running revisions come from. Collects; never judges. Throws DriverError when it cannot measure. */
export interface Metrics {
  /** Declared by the source: how long one sample spans, and how late it becomes visible. */
  timing(project: string): Promise<{ samplePeriodMs: number; ingestDelayMs: number }>
  /**
   * Counts per revision over [fromMs, toMs): only whole samples inside it. A revision without traffic is absent, which
   * is not the same as zero requests of a measured one. Errors are 5xx responses.
   */
  counts(at: { project: string; region: string; service: string }, window: MetricsWindow): Promise<RevisionCounts[]>
}
