/** What the metric list says of Cloud Run's request counts and latencies, for when the descriptor gives none or is not asked: sampled every 60 s, visible up to 180 s later. */
export const documentedTiming = { samplePeriodMs: 60_000, ingestDelayMs: 180_000 }
