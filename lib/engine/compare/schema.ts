import { z } from 'zod'
import type { JudgeState } from '#lib/analysis/judge.ts'
import type { ArmCounts } from '#lib/analysis/threshold.ts'

/**
 * What stable did before the rollout: its latency by bucket (`innerMs`: bounds but the open one) and its requests and
 * errors minute by minute. Buckets and masses are fixed by it before the first look, else no bet on them would be valid.
 */
export const Past = z.object({ innerMs: z.array(z.number()), counts: z.array(z.number()), minutes: z.object({ requests: z.array(z.number()), errors: z.array(z.number()) }) })
export type Past = z.infer<typeof Past>

/** All that a rollout's comparisons know, kept between looks: a restart goes on with the same numbers. */
export const Evidence = z.object({
  past: Past,
  /** The candidate's part of the requests of both arms, above 0 and below 1. */
  share: z.number(),
  /** Samples up to here are counted; the next look begins where this one ended. */
  fromMs: z.number(),
  toMs: z.number(),
  /** Samples that no comparison counts, at 100% or in a warm-up, are recorded up to here: kept for rules that are tried on them later. */
  recordedToMs: z.number().optional(),
  /** When traffic moved last, and how many requests of the candidate and of both arms were counted before: a bake ends on what came since. */
  moved: z.object({ sinceMs: z.number(), requests: z.number(), ofBoth: z.number() }).default({ sinceMs: 0, requests: 0, ofBoth: 0 }),
  /** Which judge the state is of; another one begins anew from the recorded looks. */
  version: z.number().int().default(1),
  /** The judge's own state, read back by the same judge alone. */
  judge: z.custom<JudgeState>((v) => typeof v === 'object' && v !== null),
})
export type Evidence = z.infer<typeof Evidence>

/** Counts of both arms over whole samples of one share, 1 where all traffic is the candidate's; null where the source had nothing of an arm. */
export type Look = { fromMs: number; toMs: number; share: number; candidate: ArmCounts | null; stable: ArmCounts | null }

/** A look as it was recorded: latency by the buckets of the past. */
export const RecordedArm = z.object({ requests: z.number(), errors: z.number(), latency: z.array(z.number()) })
export type RecordedLook = { fromMs: number; toMs: number; share: number; candidate: z.infer<typeof RecordedArm>; stable: z.infer<typeof RecordedArm>; /** Of a warm-up: its own rules left it out. */ isCold?: boolean }

/** What one look adds, to be written with the decision that rests on it. */
export type NewEvidence = { evidence: Evidence; look: Look; stepIndex: number; /** Evidence of each rule after it; null where nothing can be said. */ byRule: Record<string, number | null>; /** Of a warm-up: recorded, and counted by no rule. */ isCold?: boolean }
