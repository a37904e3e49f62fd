import type { CloudRunLocator, DeployConfig, TrafficEntry } from '#lib/rollouts/schema.ts'

export type { TrafficEntry }

/** Where a workload runs. Later providers add a member; the engine only passes it on. */
export type Locator = CloudRunLocator

export type ObservedRevision = {
  name: string
  image: string
  /** From image@sha256:…; null when it was deployed by tag. */
  digest: string | null
  createdAtMs: number
  ready: boolean
  /** Settled: ready or failed for good; false while it is still starting. */
  settled: boolean
  message: string | null
  labels: Record<string, string>
}

/** What is live, read from the provider now. `split` sums percent by revision name; "latest" is resolved to its name. */
export type Observation = {
  exists: boolean
  etag: string
  uri: string | null
  settled: boolean
  /** Provider's message when the last change failed. */
  failure: string | null
  /** Wanted entries as stored; written back with only percents changed, so tags survive. */
  traffic: TrafficEntry[]
  /** Observed entries with their addresses. */
  statuses: TrafficEntry[]
  split: Record<string, number>
  namesLatest: boolean
  latestReady: string | null
  latestCreated: string | null
  lastModifier: string | null
  /** Template values by path, secrets as references, for diff and display. */
  config: Record<string, string>
  image: string | null
}

/** What writing needs at the provider, by its own names, and which of that the account that Sluice runs as lacks. */
export type WriteAccess = { needed: string[]; missing: string[] }

/** Fencing and tracing of one write: provider's compare-and-set, and who asked. */
export type WriteContext = { etag: string; reason: string; timeoutMs: number; priority: 'ordinary' | 'rollback' }

export type DeployRequest = { image: string; config: DeployConfig; labels: Record<string, string> }

/**
 * A place where services run. Reads and writes of the provider, nothing decided here.
 * Every method throws DriverError; `outcome: 'unknown'` means look before anything else.
 */
export interface Runtime {
  /** Live state of one service; `exists: false` when there is none. `split` from observed traffic. */
  observe(at: Locator): Promise<Observation>
  /**
   * The newest revisions (one page), and of older ones those named in `also` that still exist. `complete`: there are no
   * others, so a name that is missing is gone; else only a name in `also` that is missing is gone.
   */
  revisions(at: Locator, also: readonly string[]): Promise<{ items: ObservedRevision[]; complete: boolean }>
  /** One revision by its short name; null when there is none. */
  revision(at: Locator, name: string): Promise<ObservedRevision | null>
  /** Whether a service that exists could be written, asked without writing. Of one that is not there the provider tells nothing. */
  writeAccess(at: Locator): Promise<WriteAccess>
  /** Writes the whole traffic list with mask `traffic` and nothing else. Returns when the provider took it, not when it settled. */
  writeTraffic(at: Locator, traffic: readonly TrafficEntry[], ctx: WriteContext): Promise<void>
  /** New revision from the live template with image and config changed, `template.revision` cleared. Gives it no traffic by itself. */
  deploy(at: Locator, request: DeployRequest, ctx: WriteContext): Promise<void>
  /** First release: creates the service serving it. */
  create(at: Locator, request: DeployRequest, ctx: Omit<WriteContext, 'etag'>): Promise<void>
}
