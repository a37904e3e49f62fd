import { DriverError } from '#lib/drivers/errors.ts'

export const provider = 'prometheus'

/** A question that was refused or failed. Reading changes nothing, so the outcome is always `none`. */
export const refused = (kind: DriverError['kind'], message: string, cause?: unknown): DriverError =>
  new DriverError({ provider, operation: 'query', kind, message, retriable: kind !== 'denied' && kind !== 'invalid' && kind !== 'not_found', outcome: 'none', cause })

/** An answer that gives no number to go by: the cause is named, and nothing is guessed. */
export const bad = (message: string): DriverError => refused('failed', message)
