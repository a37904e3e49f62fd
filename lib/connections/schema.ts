import { z } from 'zod'

/** What the doctor tries on a target: reading the service, the project's request metrics, the image that runs, and whether the service could be written. */
export const checkKinds = ['run', 'metrics', 'images', 'write'] as const
/** missing: something is to be set up; cannot_tell: the other side did not answer; not_needed: nothing to try here. */
export const findingStates = ['ok', 'missing', 'cannot_tell', 'not_needed'] as const

export const Finding = z.object({
  kind: z.enum(checkKinds),
  state: z.enum(findingStates),
  /** One sentence: what was read, or what is missing. */
  message: z.string(),
  /** A command that puts it right, where one does. */
  fix: z.string().nullable(),
})
export type Finding = z.infer<typeof Finding>
