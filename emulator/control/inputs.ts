import { z } from 'zod'
import { invalid } from '#emulator/errors.ts'

const percent = z.number().min(0).max(100)

export const ClockInput = z.union([
  z.strictObject({ advanceMs: z.number().int() }),
  z.strictObject({ offsetMs: z.number().int() }),
  z.strictObject({ reset: z.literal(true) }),
])

export const FaultInput = z.strictObject({
  rpc: z.string().optional(),
  service: z.string().optional(),
  pathContains: z.string().optional(),
  kind: z.enum(['error', 'timeout', 'timeout_applied', 'reset', 'delay', 'etag_conflict', 'not_applied']),
  status: z.number().int().min(400).max(599).optional(),
  retryAfterSeconds: z.number().min(0).optional(),
  delayMs: z.number().int().min(0).max(600_000).optional(),
  times: z.number().int().min(1).optional(),
})

export const OperationsInput = z.strictObject({
  delayMs: z.number().int().min(0).optional(),
  never: z.boolean().optional(),
  failWith: z.union([z.string(), z.strictObject({ code: z.number().int(), message: z.string() })]).nullable().optional(),
})

export const MetricsInput = z.union([
  z.literal('as on the real thing'),
  z.strictObject({
    samplePeriodSeconds: z.number().int().min(1).max(3600).optional(),
    ingestDelaySeconds: z.number().int().min(0).max(3600).optional(),
    fail: z.enum(['429', '503', 'timeout']).nullable().optional(),
    silent: z.array(z.string()).optional(),
  }),
])

/** A service or revision by resource name, or by short name where only one has it. */
export const LoadInput = z.strictObject({ service: z.string(), requestsPerSecond: z.number().min(0).max(10_000) })
export const BehaviourInput = z.strictObject({
  service: z.string().optional(),
  revision: z.string().optional(),
  errorPercent: percent.nullable().optional(),
  slowPercent: z.number().min(0).max(10_000).nullable().optional(),
  notReady: z.boolean().nullable().optional(),
  crash: z.boolean().nullable().optional(),
})
/** Left out: every service. */
export const CountersInput = z.strictObject({ service: z.string().optional() })
export const QuotaInput = z.strictObject({ readsPerMinute: z.number().int().min(0).optional(), writesPerMinute: z.number().int().min(0).optional() })
export const IamInput = z.strictObject({ withheld: z.array(z.string()) })
export const RegistryInput = z.union([z.strictObject({ delete: z.string() }), z.strictObject({ restore: z.string() })])
export const RandomInput = z.strictObject({ seed: z.number().int().nullable() })

export function readInput<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const read = schema.safeParse(body)
  if (read.success) return read.data
  const issue = read.error.issues[0]
  const field = issue?.path.join('.') ?? ''
  throw invalid(field, `${field === '' ? 'The body' : `'${field}'`}: ${issue?.message ?? 'not understood'}`)
}
