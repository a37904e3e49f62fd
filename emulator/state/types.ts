import type { JsonObject } from '#emulator/state/json.ts'

// Resources are kept in their proto3 JSON form: enums by name, int64 as strings, times as RFC 3339, zero values left out.

export type Allocation = 'TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST' | 'TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION'
export interface TrafficTarget { type: Allocation; revision?: string; percent?: number; tag?: string }
export interface TrafficStatus extends TrafficTarget { uri?: string }

export interface Condition {
  type: string
  state: 'CONDITION_PENDING' | 'CONDITION_RECONCILING' | 'CONDITION_FAILED' | 'CONDITION_SUCCEEDED'
  message?: string
  lastTransitionTime?: string
  severity?: string
  reason?: string
  revisionReason?: string
}

export interface Container extends JsonObject { image?: string }
export interface Template extends JsonObject {
  revision?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  containers?: Container[]
}

export interface Service extends JsonObject {
  name: string
  uid: string
  generation: string
  observedGeneration?: string
  createTime: string
  updateTime: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  template: Template
  traffic?: TrafficTarget[]
  trafficStatuses?: TrafficStatus[]
  latestReadyRevision?: string
  latestCreatedRevision?: string
  terminalCondition: Condition
  conditions: Condition[]
  reconciling?: boolean
  uri: string
  etag: string
}

/** What the tag of the image makes a revision do (DESIGN 10). */
export interface Behaviour { errorPercent: number; slowPercent: number; crash: boolean; leak: boolean; verifyFail: boolean; notReady: boolean; missing: boolean }

export interface Revision extends JsonObject {
  name: string
  service: string
  createTime: string
  containers?: Container[]
  labels?: Record<string, string>
  conditions: Condition[]
}

export interface ServiceRecord {
  service: Service
  /** Revisions ever made: the number in the next one's name. */
  revisionCount: number
  /** When each tag first appeared, in microseconds: the oldest idle tags go first at the limit (gcp.md 3.4). */
  tagMicros: Record<string, number>
  firstTrafficMs: Record<string, number>
}
/** `behaviour` is kept apart from `revision`, which is what callers see. `number` orders revisions of one service. */
export interface RevisionRecord { revision: Revision; number: number; image: string; behaviour: Behaviour; template: Template }

export interface RpcStatus { code: number; message: string; details?: JsonObject[] }
export interface OperationRecord {
  name: string
  service: string
  kind: 'create' | 'update' | 'delete'
  generation: string
  templateChanged: boolean
  createdMs: number
  /** Product time at which it settles; null waits for ever (until `/_control/operations` says otherwise). */
  settleAtMs: number | null
  failWith: RpcStatus | null
  done: boolean
  metadata: JsonObject
  response?: JsonObject
  error?: RpcStatus
}

/** How one revision behaved in one stretch of time, as load generation sees it. */
export interface LoadPart { revision: string; percent: number; errorPercent: number; slowPercent: number; leakFromMs: number | null }
export interface Segment { service: string; fromMs: number; requestsPerSecond: number; parts: LoadPart[] }

/** Real requests of one revision in one second, by response code; `latency` is bucket index → count. */
export interface RequestCount { service: string; revision: string; second: number; codes: Record<string, { count: number; sumMs: number; latency: Record<string, number> }> }

export interface Image { repository: string; tag: string; deleted: boolean }

export interface BehaviourOverride { errorPercent?: number; slowPercent?: number; notReady?: boolean; crash?: boolean }

export interface MetricsSettings { samplePeriodSeconds: number; ingestDelaySeconds: number; fail: null | '429' | '503' | 'timeout'; silent: string[] }
/** Permissions that callers do not have; they have every other. */
export interface IamSettings { withheld: string[] }
export interface QuotaSettings { readsPerMinute: number; writesPerMinute: number }
export interface OperationSettings { delayMs: number; never: boolean; failWith: RpcStatus | null }

export interface Fault {
  id: string
  rpc?: string
  service?: string
  pathContains?: string
  kind: 'error' | 'timeout' | 'timeout_applied' | 'reset' | 'delay' | 'etag_conflict' | 'not_applied'
  status?: number
  retryAfterSeconds?: number
  delayMs?: number
  /** How often it still strikes; null until it is deleted. */
  left: number | null
}

export interface CallEntry {
  seq: number
  atMs: number
  api: 'run.v2' | 'run.v1' | 'monitoring' | 'registry' | 'serviceusage' | 'unknown'
  rpc: string
  method: string
  path: string
  service: string | null
  updateMask: string | null
  validateOnly: boolean
  write: boolean
  body: string | null
  requestReason: string | null
  userAgent: string | null
  status: number | null
  error: string | null
}

export interface Tables {
  services: ServiceRecord
  revisions: RevisionRecord
  operations: OperationRecord
  policies: JsonObject
  images: Image
  segments: Segment
  requests: RequestCount
  loads: number
  behaviours: BehaviourOverride
  faults: Fault
  calls: CallEntry
  settings: unknown
}
