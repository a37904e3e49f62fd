import type { CallEntry } from '#emulator/state/types.ts'

/** The emulator's control door, and the difference between its clock and ours. */
export type Control = {
  post: (path: string, body: unknown) => Promise<unknown>
  remove: (path: string) => Promise<unknown>
  /** Calls that could change something (`write`), or the others; oldest first. */
  calls: (filter: { write: boolean }) => Promise<readonly CallEntry[]>
  /** Milliseconds that its clock is ahead of this process's. */
  aheadMs: () => Promise<number>
}

const looks = 100

export function controlOf(port: number): Control {
  const ask = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`http://127.0.0.1:${port}/_control/${path}`, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
    if (!answer.ok) throw new Error(`/_control/${path} answered ${answer.status}: ${await answer.text()}`)
    return answer.json()
  }
  return {
    post: (path, body) => ask('POST', path, body),
    remove: (path) => ask('DELETE', path),
    calls: async ({ write }) => ((await ask('GET', `calls?write=${write ? 1 : 0}`)) as { calls: CallEntry[] }).calls,
    aheadMs: async () => {
      const seen: { tookMs: number; aheadMs: number }[] = []
      for (let i = 0; i < looks; i++) {
        const before = nowMs()
        const { nowMs: theirs } = (await ask('GET', 'clock')) as { nowMs: number }
        const after = nowMs()
        // It answers whole milliseconds, rounded down: half of one more is the better guess.
        seen.push({ tookMs: after - before, aheadMs: theirs + 0.5 - (before + after) / 2 })
      }
      // The quickest answers leave the least room for error.
      const best = seen.toSorted((a, b) => a.tookMs - b.tookMs).slice(0, looks / 5)
      return best.reduce((sum, one) => sum + one.aheadMs, 0) / best.length
    },
  }
}

/** This machine's time in ms with fractions. */
export const nowMs = (): number => performance.timeOrigin + performance.now()
