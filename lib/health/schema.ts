import { z } from 'zod'
import { Time } from '#lib/platform/endpoint.ts'

/** What is spoken of: the last five minutes that the source has shown whole. */
export const healthSpanSeconds = 300

/** measured: it answered requests; no_requests: the source knows of none; not_measured: its blueprint names no metrics source; cannot_measure: the source did not answer. */
export const healthStates = ['measured', 'no_requests', 'not_measured', 'cannot_measure'] as const

const counted = { requests: z.number().int(), errors: z.number().int(), /** Of all responses; null where nothing is known. */ p95Ms: z.number().nullable() }

export const Health = z.object({
  state: z.enum(healthStates),
  ...counted,
  /** Each revision that answered, where more than one did. */
  revisions: z.array(z.object({ revision: z.string(), ...counted })),
  /** The end of the five minutes; null where none were read. */
  until: Time.nullable(),
  /** When the source was read; everybody who looks is shown this one reading. */
  asOf: Time,
  /** Why nothing could be measured, in the source's words. */
  error: z.string().nullable(),
})
export type Health = z.infer<typeof Health>
