import { z } from 'zod'
import type { Verb } from '#lib/platform/verbs.ts'

export { verbs, type Verb } from '#lib/platform/verbs.ts'

export type Endpoint<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> = {
  /** Stable name: query key, log field, OpenAPI operationId. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** `:name` segments are filled from the input. */
  readonly path: string
  /** One sentence for the API reference. */
  readonly summary: string
  /** The verb that a caller needs somewhere to be let in at all; the service still decides on the object itself. `public` needs no sign-in; `session` any signed-in person. */
  readonly verb: Verb | 'public' | 'session'
  /** What the caller wants, as a refusal names it: "dora may not apply a blueprint". Needed where `verb` is one of a role. */
  readonly doing?: string
  readonly input: I
  readonly output: O
  /** Answer to success: 201 created, 202 asked of the cloud, 200 else. */
  readonly status?: 200 | 201 | 202
  /** Media types of an answer that is a text, not JSON by `output`. */
  readonly files?: readonly string[]
}

export const endpoint = <I extends z.ZodType, O extends z.ZodType>(e: Endpoint<I, O>) => e
export type Input<E> = E extends Endpoint<infer I, z.ZodType> ? z.input<I> : never
export type Parsed<E> = E extends Endpoint<infer I, z.ZodType> ? z.output<I> : never
export type Output<E> = E extends Endpoint<z.ZodType, infer O> ? z.output<O> : never

/** One reason why something is refused or waits, who can meet it, and when it opens by itself. */
export const Unmet = z.object({
  code: z.string(),
  message: z.string(),
  who: z.string().nullable().default(null),
  opensAt: z.iso.datetime().nullable().default(null),
  /** Where in a text that was sent, from 1: an editor puts its mark there. */
  at: z.object({ line: z.number().int(), column: z.number().int() }).optional(),
})
export type Unmet = z.infer<typeof Unmet>

/** RFC 9457 body of every error answer. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  field: z.string().optional(),
  /** Every field that is wrong and why, so that a form can show them all at once; `field` is the first. */
  fields: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
  unmet: z.array(Unmet).optional(),
  /** Ids a caller needs to go on, e.g. the open promotion behind `already_open`. */
  ref: z.record(z.string(), z.string()).optional(),
  requestId: z.string().optional(),
})
export type Problem = z.infer<typeof Problem>

export const Id = z.string().min(1).max(64)
export const Slug = z.string().regex(/^[a-z][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, starting with a letter')
export const Time = z.iso.datetime()
export const Reason = z.string().trim().min(1).max(500)
export const Page = z.object({ limit: z.coerce.number().int().min(1).max(200).default(50), cursor: z.string().max(200).optional() })
export const listOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() })
/** `sort` of a list: one of its fields, with a dash before it for descending. */
export const sortBy = <const F extends string>(fields: readonly F[]) => z.enum([...fields, ...fields.map((f) => `-${f}` as const)] as [F | `-${F}`, ...(F | `-${F}`)[]]).optional()
