import { writeSync } from 'node:fs'
import { z } from 'zod'

/** What the process under test tells the test, one JSON object per line on its fourth pipe (the log has stdout). */
export const Said = z.discriminatedUnion('said', [
  z.object({ said: z.literal('warm') }),
  z.object({ said: z.literal('armed') }),
  z.object({ said: z.literal('names'), names: z.array(z.array(z.string())) }),
  z.object({ said: z.literal('reached'), rollout: z.string(), name: z.string() }),
  z.object({ said: z.literal('stands') }),
])
export type Said = z.infer<typeof Said>

export const channel = 3

/** At once, since the next thing may be the end of this process. */
export const say = (message: Said): void => {
  writeSync(channel, `${JSON.stringify(message)}\n`)
}

/** What the test tells the process under test, one JSON object per line on its stdin. */
export const Told = z.discriminatedUnion('do', [
  z.object({ do: z.literal('go') }),
  z.object({ do: z.literal('follow'), rollouts: z.array(z.string()) }),
  z.object({ do: z.literal('names'), rollouts: z.array(z.string()) }),
  z.object({ do: z.literal('arm'), stops: z.array(z.object({ rollout: z.string(), place: z.union([z.object({ name: z.string(), nth: z.number().int() }), z.object({ index: z.number().int() })]), mode: z.enum(['before', 'sent', 'after']), signal: z.enum(['SIGKILL', 'SIGTERM', 'SIGSTOP']) })) }),
])
export type Told = z.infer<typeof Told>
