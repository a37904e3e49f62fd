import { Logger } from 'graphile-worker'
import { log } from '#lib/platform/log.ts'

/** The queue's own words in our log; its per-job chatter is left out. */
export const quietLogger = (): Logger =>
  new Logger(() => (level, message, meta) => {
    if (level === 'error') log.error(message, { queue: meta })
    else if (level === 'warning') log.warning(message, { queue: meta })
  })
