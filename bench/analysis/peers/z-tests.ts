import { normals, type Random } from '#bench/analysis/random.ts'
import type { Rule, Totals } from '#bench/analysis/rule.ts'

/** z of the candidate's error rate above stable's, with the pooled variance; 0 while there is no error or no request. */
export function pooledZ({ candidate: c, stable: s }: Totals): number {
  const pooled = (c.errors + s.errors) / (c.requests + s.requests)
  const variance = pooled * (1 - pooled) * (1 / c.requests + 1 / s.requests)
  return variance > 0 && Number.isFinite(variance) ? (c.errors / c.requests - s.errors / s.requests) / Math.sqrt(variance) : 0
}

const secondsPerLook = 60

/** Φ⁻¹(0.95): the one-sided test at 5%. */
export const fixedCriticalValue = 1.6449

/** The textbook test for one look at the end, asked again each minute until it fires: the common mistake. */
export function peekedZ(): Rule {
  const look: ReturnType<Rule['start']> = (seen) => (pooledZ(seen) > fixedCriticalValue ? 'rollback' : 'watch')
  return { name: 'z-test peeked each minute', everySeconds: secondsPerLook, start: () => look }
}

export type Boundaries = { looks: number; pocock: number; obrienFleming: number }

/**
 * Critical values that share alpha over evenly spaced looks: Pocock's for z at each look, O'Brien & Fleming's for
 * z·√(k/looks) at look k. By Monte Carlo of the Brownian path at the looks, since tables end at 20 of them.
 * @param sided 1 for the excess above the value, 2 for either direction @param paths 200,000 give ± 0.005
 * Source: Jennison & Turnbull, Group Sequential Methods (2000), chapter 2, whose tables 2.1 and 2.3 it reproduces.
 */
export function boundaries({ looks, alpha, sided, paths }: { looks: number; alpha: number; sided: 1 | 2; paths: number }, random: Random): Boundaries {
  const normal = normals(random)
  const pocock = new Float64Array(paths)
  const obrienFleming = new Float64Array(paths)
  for (let path = 0; path < paths; path++) {
    let sum = 0
    let [highestZ, highestSum] = [-Infinity, -Infinity]
    for (let k = 1; k <= looks; k++) {
      sum += normal()
      const value = sided === 2 ? Math.abs(sum) : sum
      highestZ = Math.max(highestZ, value / Math.sqrt(k))
      highestSum = Math.max(highestSum, value)
    }
    pocock[path] = highestZ
    obrienFleming[path] = highestSum / Math.sqrt(looks)
  }
  const quantile = (values: Float64Array) => values.toSorted()[Math.floor((1 - alpha) * paths)] ?? Number.NaN
  return { looks, pocock: quantile(pocock), obrienFleming: quantile(obrienFleming) }
}

/** The same boundary for z at each of the looks, one a minute; then it is over. Source: Pocock, Biometrika 64 (1977). */
export const pocock = ({ looks, pocock: value }: Boundaries): Rule => grouped('Pocock, 60 looks', looks, () => value)

/** A boundary that asks for much at first. Source: O'Brien & Fleming, Biometrics 35 (1979). */
export const obrienFleming = ({ looks, obrienFleming: value }: Boundaries): Rule => grouped('O’Brien–Fleming, 60 looks', looks, (k) => value / Math.sqrt(k / looks))

function grouped(name: string, looks: number, boundary: (k: number) => number): Rule {
  const start: Rule['start'] = () => {
    let k = 0
    return (seen) => {
      k++
      if (pooledZ(seen) > boundary(k)) return 'rollback'
      return k >= looks ? 'over' : 'watch'
    }
  }
  return { name, everySeconds: secondsPerLook, start }
}
