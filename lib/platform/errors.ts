import type { Unmet } from '#lib/platform/endpoint.ts'

/** Every expected failure has one of these codes. Adding one means choosing its HTTP status here. */
export const errorStatus = {
  invalid_input: 400,
  invalid_json: 400,
  unauthenticated: 401,
  forbidden: 403,
  cross_origin: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  already_exists: 409,
  already_open: 409,
  content_changed: 409,
  plan_changed: 409,
  stale_version: 409,
  refused: 409,
  body_too_large: 413,
  unsupported_media_type: 415,
  idempotency_mismatch: 422,
  unprocessable: 422,
  too_many_requests: 429,
  provider_error: 502,
  unavailable: 503,
} as const
export type ErrorCode = keyof typeof errorStatus

/** One wrong field of an input, by its path as in `artifacts.0.image`. */
export type FieldIssue = { field: string; message: string }
type Extra = { field?: string; fields?: readonly FieldIssue[]; unmet?: readonly Unmet[]; ref?: Record<string, string>; cause?: unknown }

/** An expected failure: safe to show, mapped to a status at the edge. Anything else is a bug and becomes 500. */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly fields: readonly FieldIssue[] | undefined
  readonly unmet: readonly Unmet[] | undefined
  readonly ref: Record<string, string> | undefined
  constructor(code: ErrorCode, message: string, extra: Extra = {}) {
    super(message, 'cause' in extra ? { cause: extra.cause } : undefined)
    this.code = code
    this.field = extra.field
    this.fields = extra.fields
    this.unmet = extra.unmet
    this.ref = extra.ref
  }
}

/** One reason with the fields a caller always gets; `who` and `opensAt` are null when nobody or never. */
export const unmet = (code: string, message: string, who: string | null = null, opensAt: string | null = null): Unmet => ({ code, message, who, opensAt })

/** Refused with every reason at once (DESIGN 7). */
export const refused = (message: string, reasons: readonly Unmet[]) => new AppError('refused', message, { unmet: reasons })
