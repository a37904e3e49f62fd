import { isId } from '#lib/platform/id.ts'

export type Word = {
  /** LIKE pattern of what has this word anywhere. */
  part: string
  /** What an index on names can answer; a word of one or two letters has no trigram of its own and finds by the beginning. */
  indexed: string[]
  /** Its digits, when it may be the beginning of a commit or digest. */
  hex: string | null
  /** It may be a part of a revision's name, such as 00042-qib; words without a digit are in the names of all of a service. */
  numbered: boolean
  /** When it is an id: people paste them from logs. */
  id: string | null
}

/** What a reader typed, as the database can look for it. All words must fit. */
export type Words = {
  all: Word[]
  /** What a name must be to be the very thing: a word, or all of them together. */
  names: string[]
  /** LIKE patterns of names that begin so. */
  prefixes: string[]
}

const escaped = (word: string) => word.replace(/[\\%_]/g, String.raw`\$&`)
/** "1.4.0" and "v1.4.0" are one to whoever looks for it: the words are without, the names with and without. */
const withV = (word: string) => [word, `v${word}`]
/** Shorter ones are at the beginning of too many digests to tell anything. */
const minHex = 4

function wordOf(text: string): Word {
  const digits = text.replace(/^sha256:/, '')
  return {
    part: `%${escaped(text)}%`,
    indexed: text.length < 3 ? withV(text).map((w) => `${escaped(w)}%`) : [`%${escaped(text)}%`],
    hex: digits.length >= minHex && /^[0-9a-f]{1,64}$/.test(digits) ? digits : null,
    numbered: text.length >= 3 && /\d/.test(text),
    id: isId(text) ? text : null,
  }
}

export function wordsOf(q: string): Words {
  const whole = q.trim().toLowerCase().replace(/\s+/g, ' ')
  const texts = [...new Set(whole.split(' ').map((word) => word.replace(/^v(?=\d)/, '')))]
  const names = [...new Set([whole, ...texts])].flatMap(withV)
  return { all: texts.map(wordOf), names, prefixes: names.map((n) => `${escaped(n)}%`) }
}
