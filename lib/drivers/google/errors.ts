import { DriverError } from '#lib/drivers/errors.ts'

/** google.rpc codes that these drivers tell apart. */
const code = { cancelled: 1, unknown: 2, invalid: 3, deadline: 4, notFound: 5, alreadyExists: 6, denied: 7, quota: 8, precondition: 9, aborted: 10, outOfRange: 11, unimplemented: 12, internal: 13, unavailable: 14, dataLoss: 15, unauthenticated: 16 } as const

type Meaning = { kind: DriverError['kind']; retriable: boolean; outcome: 'none' | 'unknown' }

const meanings: Record<number, Meaning> = {
  [code.cancelled]: { kind: 'unavailable', retriable: true, outcome: 'unknown' },
  [code.unknown]: { kind: 'unavailable', retriable: true, outcome: 'unknown' },
  [code.invalid]: { kind: 'invalid', retriable: false, outcome: 'none' },
  [code.deadline]: { kind: 'timeout', retriable: true, outcome: 'unknown' },
  [code.notFound]: { kind: 'not_found', retriable: false, outcome: 'none' },
  [code.alreadyExists]: { kind: 'invalid', retriable: false, outcome: 'none' },
  [code.denied]: { kind: 'denied', retriable: false, outcome: 'none' },
  [code.quota]: { kind: 'quota', retriable: true, outcome: 'none' },
  [code.precondition]: { kind: 'invalid', retriable: false, outcome: 'none' },
  [code.aborted]: { kind: 'conflict', retriable: true, outcome: 'none' },
  [code.outOfRange]: { kind: 'invalid', retriable: false, outcome: 'none' },
  [code.unimplemented]: { kind: 'invalid', retriable: false, outcome: 'none' },
  // A 5xx may come after the effect: the caller looks before it repeats.
  [code.internal]: { kind: 'unavailable', retriable: true, outcome: 'unknown' },
  [code.unavailable]: { kind: 'unavailable', retriable: true, outcome: 'unknown' },
  [code.dataLoss]: { kind: 'failed', retriable: false, outcome: 'unknown' },
  [code.unauthenticated]: { kind: 'denied', retriable: false, outcome: 'none' },
}

const unknownOutcome: Meaning = { kind: 'unavailable', retriable: true, outcome: 'unknown' }

/** The client wraps the provider's sentence once it has tried again: 'Exceeded maximum number of retries retrying error Error: … before any response was received'. */
const withoutRetries = (message: string): string => /retrying error (?:\w*Error: )?(.+?)\s+before any response was received/s.exec(message)?.[1] ?? message

/** Turns whatever a Google client threw into one DriverError; the provider's own sentence is kept. */
export function toDriverError(e: unknown, provider: string, operation: string): DriverError {
  if (e instanceof DriverError) return e
  const status = typeof e === 'object' && e !== null && 'code' in e && typeof e.code === 'number' ? e.code : null
  const message = withoutRetries(e instanceof Error ? e.message : String(e))
  const meaning = (status !== null && meanings[status]) || unknownOutcome
  return new DriverError({ provider, operation, message, ...meaning, cause: e })
}
