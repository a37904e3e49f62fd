import { Journal, type Change } from '#emulator/state/journal.ts'
import type { IamSettings, MetricsSettings, OperationSettings, QuotaSettings, Tables } from '#emulator/state/types.ts'

export interface Settings { metrics: MetricsSettings; quota: QuotaSettings; iam: IamSettings; operations: OperationSettings; clockOffsetMs: number; callCeiling: number }

export const defaultSettings: Settings = {
  metrics: { samplePeriodSeconds: 1, ingestDelaySeconds: 0, fail: null, silent: [] },
  // gcp.md 3.4: per 60 s, project and region.
  quota: { readsPerMinute: 3000, writesPerMinute: 180 },
  iam: { withheld: [] },
  operations: { delayMs: 0, never: false, failWith: null },
  clockOffsetMs: 0,
  callCeiling: 0,
}

export const put = <K extends keyof Tables>(table: K, key: string, value: Tables[K]): Change => ({ table, key, value })
export const remove = (table: keyof Tables, key: string): Change => ({ table, key, value: undefined })

/** The typed view of the journal. Values are immutable: clone, change, commit. */
export class State {
  readonly #journal: Journal
  constructor(dir: string) {
    this.#journal = new Journal(dir)
  }

  table<K extends keyof Tables>(name: K): ReadonlyMap<string, Tables[K]> {
    // The journal holds what `put` wrote under this very name.
    return this.#journal.table(name) as Map<string, Tables[K]>
  }

  /** On the disk before it returns. */
  commit(...changes: Change[]): void {
    this.#journal.commit(changes, true)
  }

  /** In the kernel before it returns: survives the death of the process, not of the machine. For counters and logs. */
  note(...changes: Change[]): void {
    this.#journal.commit(changes, false)
  }

  setting<K extends keyof Settings>(name: K): Settings[K] {
    return (this.#journal.table('settings').get(name) as Settings[K] | undefined) ?? defaultSettings[name]
  }

  setSetting<K extends keyof Settings>(name: K, value: Settings[K]): void {
    this.commit({ table: 'settings', key: name, value })
  }

  clear(tables: readonly (keyof Tables)[]): void {
    this.commit(...tables.flatMap(table => [...this.table(table).keys()].map(key => remove(table, key))))
  }

  close(): void {
    this.#journal.close()
  }
}
