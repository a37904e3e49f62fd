import type { Clock } from '#emulator/clock/clock.ts'
import type { State } from '#emulator/state/state.ts'

/** What every part of the emulated cloud shares. */
export interface Cloud {
  readonly state: State
  readonly clock: Clock
  /** Where the data plane is reached: `http://127.0.0.1:<port>`. Known once the server listens. */
  baseUrl(): string
}
