import type { State } from '#emulator/state/state.ts'

export type ClockChange = { advanceMs: number } | { offsetMs: number } | { reset: true }

/** Product time: everything the emulator dates uses it (DESIGN 3, one clock). */
export interface Clock {
  nowMs(): number
  offsetMs(): number
  /** Moves product time; resolves with the offset once it holds for every process that shares it. */
  change(change: ClockChange): Promise<number>
  close(): Promise<void>
}

export function nextOffset(current: number, change: ClockChange): number {
  if ('reset' in change) return 0
  return 'advanceMs' in change ? current + change.advanceMs : change.offsetMs
}

/** Without a database: the machine's time and an offset of its own, kept in the state. */
export function localClock(state: State): Clock {
  const offset = () => state.setting('clockOffsetMs')
  return {
    nowMs: () => Date.now() + offset(),
    offsetMs: offset,
    change: async change => {
      state.setSetting('clockOffsetMs', nextOffset(offset(), change))
      return offset()
    },
    close: async () => undefined,
  }
}
