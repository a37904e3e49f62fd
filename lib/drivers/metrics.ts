/** Counts of one revision in a window. Latency counts are over all responses, by upper bucket bound in milliseconds (last is Infinity). */
export type RevisionCounts = { revision: string; requests: number; errors: number; latency: { boundsMs: number[]; counts: number[] } }

/** What one service of a project answered in a window, by revision. */
export type ServiceCounts = { region: string; service: string; revisions: RevisionCounts[] }

export type MetricsWindow = { fromMs: number; toMs: number }

/** What one revision answered in one bucket of a series, as in RevisionCounts. */
export type BucketCounts = Omit<RevisionCounts, 'revision'>
/** Buckets of one revision, oldest first: index i is [fromMs + i·bucketMs, fromMs + (i + 1)·bucketMs). Null where nothing is known. */
export type RevisionSeries = { revision: string; buckets: (BucketCounts | null)[] }

/** Where numbers about running revisions come from. Collects; never judges. Throws DriverError when it cannot measure. */
export interface Metrics {
  /** A rule's window is never shorter: it would see too little of what the source shows. */
  readonly shortestWindowMs: number
  /** Declared by the source: how long one sample spans, and how late it becomes visible. */
  timing(project: string): Promise<{ samplePeriodMs: number; ingestDelayMs: number }>
  /**
   * Counts per revision over [fromMs, toMs): only whole samples that begin inside it. A revision of which the source
   * reports nothing is absent, which is not the same as zero requests of a measured one. Errors are 5xx responses.
   */
  counts(at: { project: string; region: string; service: string }, window: MetricsWindow): Promise<RevisionCounts[]>
  /**
   * The same counts of every service of a project by one question, however many there are, or of those of these names, in
   * whatever region. A service of which the source reports nothing is absent.
   */
  projectCounts(project: string, window: MetricsWindow, services?: readonly string[]): Promise<ServiceCounts[]>
  /**
   * The same counts cut into buckets of `bucketMs` (a whole number of minutes), for a chart. The window starts and ends on
   * that grid, so that a bucket means the same to every reader. A bucket is null where the source reported no request: it
   * keeps nothing for a quiet revision and nothing for an unmeasured one, so that zero is never claimed. A revision
   * without any bucket is absent.
   */
  series(at: { project: string; region: string; service: string }, window: MetricsWindow, bucketMs: number): Promise<RevisionSeries[]>
}
