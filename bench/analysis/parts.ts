import { errors } from '#bench/analysis/errors.ts'
import { falseRollbacks } from '#bench/analysis/false-rollbacks.ts'
import { late } from '#bench/analysis/late.ts'
import { latency } from '#bench/analysis/latency.ts'
import type { Part } from '#bench/analysis/part.ts'
import { promoteEarly } from '#bench/analysis/promote-early.ts'

/** The parts that are simulated, in the order in which they are printed. */
export const parts: readonly Part[] = [errors, late, falseRollbacks, latency, promoteEarly]
