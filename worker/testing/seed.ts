import { createHash } from 'node:crypto'

/** The named setting, to repeat a run; else another seed each time. Whoever draws prints it with a failure. */
export const seedOf = (setting: string): string => process.env[setting] ?? Math.random().toString(36).slice(2, 8)

/** The same numbers from 0 up to `below` for the same seed and place. */
export const draw = (seed: string, place: number | string, below: number): number => createHash('sha256').update(`${seed}:${place}`).digest().readUInt32BE(0) % below

/** `n` numbers spread over 0 … below: one from each equal part, so that no part is left out. */
export const sample = (seed: string, n: number, below: number): number[] =>
  Array.from({ length: n }, (_, i) => {
    const from = Math.floor((i * below) / n)
    return from + draw(seed, i, Math.floor(((i + 1) * below) / n) - from)
  })
