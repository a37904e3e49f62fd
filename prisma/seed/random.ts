import { createHash } from 'node:crypto'

const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest()

/** The same id for the same words on every machine, in the form of a UUID (version 8: of our own making). */
export function seedId(...words: readonly (string | number)[]): string {
  const hex = digestOf(`sluice seed ${words.join(' ')}`).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-9${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** 40 hexadecimal digits, as a commit has. */
export const seedCommit = (...words: readonly (string | number)[]): string => digestOf(`commit ${words.join(' ')}`).toString('hex').slice(0, 40)

export type Dice = {
  /** From 0 (included) to 1 (excluded). */
  next: () => number
  /** A whole number, both ends included. */
  whole: (min: number, max: number) => number
  pick: <T>(list: readonly T[]) => T
}

/** A stream of numbers that follows from the words alone (mulberry32, Tommy Ettinger's public-domain generator). */
export function diceOf(...words: readonly (string | number)[]): Dice {
  let state = digestOf(`dice ${words.join(' ')}`).readUInt32LE(0)
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (min: number, max: number) => min + Math.floor(next() * (max - min + 1))
  const pick = <T>(list: readonly T[]): T => {
    const item = list[whole(0, list.length - 1)]
    if (item === undefined) throw new Error('nothing to pick from')
    return item
  }
  return { next, whole, pick }
}
