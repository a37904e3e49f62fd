import { closeSync, existsSync, fdatasyncSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { isObject } from '#emulator/state/json.ts'

/** One change of one entry: `value` undefined removes it. */
export type Change = { readonly table: string; readonly key: string; readonly value: unknown }

type Tables = Map<string, Map<string, unknown>>

const compactAfterBytes = 16 * 1024 * 1024

/**
 * Tables of JSON values that survive `kill -9`: every commit is one appended line, in the kernel before `commit`
 * returns (and on the disk when `sync`). When the journal has outgrown the data, the tables are written as a
 * snapshot that names the journal to go on with, by rename, so that a crash at any byte leaves the old pair or the new one.
 */
export class Journal {
  readonly #dir: string
  readonly #tables: Tables = new Map()
  #generation = 0
  #fd: number
  #bytes = 0
  #compactAtBytes = compactAfterBytes

  constructor(dir: string) {
    this.#dir = dir
    mkdirSync(dir, { recursive: true })
    this.#readSnapshot()
    const path = this.#journalPath(this.#generation)
    const kept = this.#replay(path)
    this.#fd = openSync(path, 'a')
    this.#bytes = kept
    this.#dropOthers()
  }

  table(name: string): Map<string, unknown> {
    const known = this.#tables.get(name)
    if (known) return known
    const made = new Map<string, unknown>()
    this.#tables.set(name, made)
    return made
  }

  /** All changes or none, even through a crash. Values are kept as given: never mutate them afterwards. */
  commit(changes: readonly Change[], sync: boolean): void {
    if (changes.length === 0) return
    const line = `${JSON.stringify(changes.map(c => (c.value === undefined ? [c.table, c.key] : [c.table, c.key, c.value])))}\n`
    this.#append(line)
    if (sync) fdatasyncSync(this.#fd)
    for (const change of changes) this.#apply(change.table, change.key, change.value)
    if (this.#bytes > this.#compactAtBytes) this.compact()
  }

  close(): void {
    fdatasyncSync(this.#fd)
    closeSync(this.#fd)
  }

  compact(): void {
    const next = this.#generation + 1
    const nextFd = openSync(this.#journalPath(next), 'w')
    const data = Object.fromEntries([...this.#tables].map(([name, table]) => [name, Object.fromEntries(table)]))
    const size = writeDurably(join(this.#dir, 'snapshot.json'), JSON.stringify({ generation: next, data }))
    closeSync(this.#fd)
    this.#fd = nextFd
    this.#generation = next
    this.#bytes = 0
    // A journal smaller than the data is not worth a rewrite of the data.
    this.#compactAtBytes = Math.max(compactAfterBytes, size)
    this.#dropOthers()
  }

  #append(line: string): void {
    const bytes = Buffer.from(line)
    let written = 0
    while (written < bytes.length) written += writeSync(this.#fd, bytes, written)
    this.#bytes += bytes.length
  }

  #apply(table: string, key: string, value: unknown): void {
    if (value === undefined) this.table(table).delete(key)
    else this.table(table).set(key, value)
  }

  #readSnapshot(): void {
    const path = join(this.#dir, 'snapshot.json')
    if (!existsSync(path)) return
    const snapshot: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (!isObject(snapshot) || typeof snapshot['generation'] !== 'number' || !isObject(snapshot['data'])) throw new Error(`${path} is not a snapshot of the emulator`)
    this.#generation = snapshot['generation']
    for (const [name, entries] of Object.entries(snapshot['data'])) this.#tables.set(name, new Map(Object.entries(isObject(entries) ? entries : {})))
  }

  /** Replays the whole lines and cuts off a torn last one, which was never answered for. Returns the bytes kept. */
  #replay(path: string): number {
    if (!existsSync(path)) return 0
    const bytes = readFileSync(path)
    const end = bytes.lastIndexOf(10) + 1
    for (const line of bytes.subarray(0, end).toString('utf8').split('\n')) {
      if (line === '') continue
      for (const [table, key, value] of JSON.parse(line) as [string, string, unknown][]) this.#apply(table, key, value)
    }
    if (end < bytes.length) writeDurably(path, bytes.subarray(0, end))
    return end
  }

  #journalPath(generation: number): string {
    return join(this.#dir, `journal-${generation}.jsonl`)
  }

  #dropOthers(): void {
    const current = `journal-${this.#generation}.jsonl`
    for (const name of readdirSync(this.#dir)) if (/^journal-\d+\.jsonl$/.test(name) && name !== current) rmSync(join(this.#dir, name))
  }
}

function writeDurably(path: string, content: string | Buffer): number {
  const bytes = Buffer.from(content)
  const fd = openSync(`${path}.new`, 'w')
  let written = 0
  while (written < bytes.length) written += writeSync(fd, bytes, written)
  fsyncSync(fd)
  closeSync(fd)
  renameSync(`${path}.new`, path)
  const dir = openSync(dirname(path), 'r')
  fsyncSync(dir)
  closeSync(dir)
  return bytes.length
}
