import { log } from '#lib/platform/log.ts'

/** Runs `work` again `everyMs` after it ended, never twice at once; a failure is logged and the next run comes. */
export function every(everyMs: number, name: string, work: () => Promise<void>): { stop: () => Promise<void> } {
  let timer: NodeJS.Timeout | undefined
  let stopped = false
  let running: Promise<void> = Promise.resolve()
  const turn = () => {
    running = work()
      .catch((error: unknown) => log.error(`The ${name} loop failed`, { error }))
      .then(() => {
        if (!stopped) timer = setTimeout(turn, everyMs)
      })
  }
  turn()
  return {
    stop: async () => {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
