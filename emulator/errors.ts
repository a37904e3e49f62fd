import type { JsonObject } from '#emulator/state/json.ts'
import type { RpcStatus } from '#emulator/state/types.ts'

/** google.rpc.Code: name, number and the HTTP status of its REST form. */
const codes = {
  CANCELLED: [1, 499],
  UNKNOWN: [2, 500],
  INVALID_ARGUMENT: [3, 400],
  DEADLINE_EXCEEDED: [4, 504],
  NOT_FOUND: [5, 404],
  ALREADY_EXISTS: [6, 409],
  PERMISSION_DENIED: [7, 403],
  RESOURCE_EXHAUSTED: [8, 429],
  FAILED_PRECONDITION: [9, 400],
  ABORTED: [10, 409],
  UNIMPLEMENTED: [12, 501],
  INTERNAL: [13, 500],
  UNAVAILABLE: [14, 503],
  UNAUTHENTICATED: [16, 401],
} as const
export type StatusName = keyof typeof codes

export const codeOf = (status: StatusName): number => codes[status][0]

const nameOfHttp: Record<number, StatusName> = {
  400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 409: 'ABORTED', 429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED', 500: 'INTERNAL', 501: 'UNIMPLEMENTED', 503: 'UNAVAILABLE', 504: 'DEADLINE_EXCEEDED',
}
export const statusOfHttp = (http: number): StatusName => nameOfHttp[http] ?? 'UNKNOWN'

/** An expected refusal, in the shape every Google REST API answers with. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly status: StatusName
  readonly details: readonly JsonObject[]
  constructor(status: StatusName, message: string, details: readonly JsonObject[] = []) {
    super(message)
    this.status = status
    this.details = details
  }
  get http(): number {
    return codes[this.status][1]
  }
  body(): JsonObject {
    return { error: { code: this.http, message: this.message, status: this.status, ...(this.details.length > 0 && { details: this.details }) } }
  }
  toStatus(): RpcStatus {
    return { code: codeOf(this.status), message: this.message, ...(this.details.length > 0 && { details: [...this.details] }) }
  }
}

/** 400 that names the field (gcp.md 3.3, bad traffic JSON). */
export const invalid = (field: string, description: string, message = description) =>
  new RpcError('INVALID_ARGUMENT', message, [{ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] }])

export const notFound = (kind: string, id: string, region: string, project: string) =>
  new RpcError('NOT_FOUND', `Resource '${id}' of kind '${kind}' in region '${region}' in project '${project}' does not exist.`)

export const retryInfo = (seconds: number): JsonObject => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` })
