import type { Cloud } from '#emulator/cloud.ts'
import { put, remove } from '#emulator/state/state.ts'
import type { CallEntry } from '#emulator/state/types.ts'

const keptWrites = 20_000
const keptReads = 5000
const ceilingStep = 1000
export const bodyLimit = 8192

export interface CallFilter { write: boolean | null; service: string | null; since: number; rpc: string | null }

/**
 * The calls received, so that tests can assert "exactly one write". Writes are noted when they arrive and again when
 * they are answered, and survive a kill; reads are kept in memory only. `seq` never goes back, restarts included.
 */
export class CallLog {
  readonly #cloud: Cloud
  #reads: CallEntry[] = []
  #seq: number
  constructor(cloud: Cloud) {
    this.#cloud = cloud
    this.#seq = cloud.state.setting('callCeiling')
  }

  begin(fields: Omit<CallEntry, 'seq' | 'atMs' | 'status' | 'error'>): CallEntry {
    this.#seq += 1
    if (this.#seq > this.#cloud.state.setting('callCeiling')) this.#cloud.state.setSetting('callCeiling', this.#seq + ceilingStep)
    const entry: CallEntry = { ...fields, seq: this.#seq, atMs: this.#cloud.clock.nowMs(), status: null, error: null }
    if (entry.write) this.#keepWrite(entry)
    else this.#reads.push(entry)
    if (this.#reads.length > keptReads * 2) this.#reads = this.#reads.slice(-keptReads)
    return entry
  }

  /** `status` null: the caller never got an answer. */
  end(entry: CallEntry, status: number | null, error: string | null): void {
    if (entry.write) return this.#keepWrite({ ...entry, status, error })
    entry.status = status
    entry.error = error
  }

  list(filter: CallFilter): CallEntry[] {
    const writes = [...this.#cloud.state.table('calls').values()]
    const all = filter.write === true ? writes : filter.write === false ? this.#reads : [...writes, ...this.#reads]
    const wanted = all.filter(one => one.seq > filter.since && (filter.service === null || one.service?.includes(filter.service) === true) && (filter.rpc === null || one.rpc === filter.rpc))
    return wanted.toSorted((a, b) => a.seq - b.seq)
  }

  get lastSeq(): number {
    return this.#seq
  }

  clear(): void {
    this.#reads = []
    this.#cloud.state.clear(['calls'])
  }

  #keepWrite(entry: CallEntry): void {
    const table = this.#cloud.state.table('calls')
    const oldest = table.size > keptWrites ? table.keys().next().value : undefined
    this.#cloud.state.note(...(oldest === undefined ? [] : [remove('calls', oldest)]), put('calls', String(entry.seq), entry))
  }
}
