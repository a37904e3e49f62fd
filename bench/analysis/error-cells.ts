import type { ErrorRates } from '#bench/analysis/traffic.ts'
import { alpha, requestsPerSecond } from '#bench/analysis/part.ts'
import { rate } from '#bench/analysis/goal.ts'
import { limitRequests } from '#lib/analysis/limit.ts'

/** A candidate that fails more often than stable, at one share. `tau` suits the mSPRT to about the difference to be found. */
export type ErrorCell = { name: string; share: number; rates: ErrorRates; ratio: number; tau: number; tickSeconds: number; limitSeconds: number }

const differences = [
  { stable: 0.01, ratio: 1.25, tau: 0.01 },
  { stable: 0.01, ratio: 1.5, tau: 0.01 },
  { stable: 0.01, ratio: 2, tau: 0.01 },
  { stable: 0.01, ratio: 5, tau: 0.01 },
  { stable: 0.01, ratio: 10, tau: 0.01 },
  { stable: 0.001, ratio: 2, tau: 0.001 },
  { stable: 0.001, ratio: 10, tau: 0.01 },
]

/** The share at which every rule is put beside the others. */
export const headToHeadShare = 0.1
const shares = [0.01, 0.05, headToHeadShare, 0.5]

/** Where the limit is a few seconds, a look each second adds half a second that no statistics can save: those are looked at ten times a second too. */
const fewSeconds = 10

export const errorCells: readonly ErrorCell[] = shares.flatMap((share) =>
  differences.flatMap(({ stable, ratio, tau }) => {
    const rates = { stable, candidate: stable * ratio }
    const requests = limitRequests({ share, stable: [1 - stable, stable], candidate: [1 - rates.candidate, rates.candidate], alpha, beta: 0 })
    const limitSeconds = requests / requestsPerSecond
    const ticks = limitSeconds < fewSeconds ? [1, 0.1] : [1]
    return ticks.map((tickSeconds) => {
      const name = `${rate(share)}, ${rate(stable)} → ${rate(rates.candidate)}`
      return { name: tickSeconds === 1 ? name : `${name}, 10 looks a second`, share, rates, ratio, tau, tickSeconds, limitSeconds }
    })
  }),
)

export function errorCell(name: string): ErrorCell {
  const cell = errorCells.find((one) => one.name === name)
  if (cell === undefined) throw new Error(`no cell "${name}"`)
  return cell
}

/** Where Kayenta, Flagger and the other slow rules look on as well. */
export const isHeadToHead = (cell: ErrorCell): boolean => cell.share === headToHeadShare && cell.tickSeconds === 1
