/**
 * What a driver throws. `outcome` says what is known of the effect: `none` (the provider refused it), or
 * `unknown` (time-out, connection cut): then the caller looks before it does anything else.
 */
export class DriverError extends Error {
  override readonly name = 'DriverError'
  readonly provider: string
  readonly operation: string
  readonly kind: 'conflict' | 'not_found' | 'quota' | 'unavailable' | 'timeout' | 'denied' | 'invalid' | 'failed'
  readonly retriable: boolean
  readonly outcome: 'none' | 'unknown'
  constructor(e: { provider: string; operation: string; kind: DriverError['kind']; message: string; retriable: boolean; outcome: 'none' | 'unknown'; cause?: unknown }) {
    super(e.message, { cause: e.cause })
    this.provider = e.provider
    this.operation = e.operation
    this.kind = e.kind
    this.retriable = e.retriable
    this.outcome = e.outcome
  }
}
