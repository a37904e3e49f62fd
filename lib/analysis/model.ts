/**
 * What one arm answered since the look before.
 * `latency`: requests per bucket, over all responses; [] when the source gives none. `revision`: the label the source put on
 * these counts, checked when the setup names revisions.
 */
export type ArmIncrement = { requests: number; errors: number; latency: readonly number[]; revision?: string }

/** One look at both arms; `t` in seconds on any clock that only goes forward. */
export type Look = { t: number; candidate: ArmIncrement; stable: ArmIncrement }
