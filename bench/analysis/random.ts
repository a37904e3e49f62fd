/** One uniform number of [0, 1) per call. */
export type Random = () => number

/**
 * A seeded generator: the same labels give the same numbers on every machine and in every worker.
 * @param labels what the numbers are for (seed, part, cell, chunk): streams of different labels have nothing in common
 * @returns numbers on a grid of 2⁻³², which is fine enough for every table drawn from here
 * Source: sfc32 of Chris Doty-Humphrey's PractRand 0.95, warmed up as there; labels are hashed by FNV-1a.
 */
export function generator(...labels: readonly (string | number)[]): Random {
  const text = labels.join('/')
  let a = hash(text, 0x811c9dc5)
  let b = hash(text, 0x9e3779b9)
  let c = hash(text, 0x85ebca6b)
  let counter = 1
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4_294_967_296
  }
  for (let i = 0; i < 16; i++) next()
  return next
}

function hash(text: string, start: number): number {
  let value = start | 0
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value
}

/** Standard normal numbers by Marsaglia's polar method: two for each point that falls into the circle. */
export function normals(random: Random): () => number {
  let spare: number | null = null
  return () => {
    if (spare !== null) {
      const kept = spare
      spare = null
      return kept
    }
    for (;;) {
      const x = 2 * random() - 1
      const y = 2 * random() - 1
      const square = x * x + y * y
      if (square === 0 || square >= 1) continue
      const scale = Math.sqrt((-2 * Math.log(square)) / square)
      spare = y * scale
      return x * scale
    }
  }
}
