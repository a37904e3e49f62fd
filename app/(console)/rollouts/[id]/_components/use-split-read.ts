'use client'
import { useQuery } from '@tanstack/react-query'
import { sameSplit } from '#components/rollouts/split-parts.ts'
import { query } from '#lib/platform/client.ts'
import type { RolloutView } from '#lib/rollouts/contract.ts'
import type { Split } from '#lib/rollouts/schema.ts'
import { isEnd } from '#lib/rollouts/state.ts'
import { viewTarget } from '#lib/targets/contract.ts'

type SplitRead = {
  asOf: string | null
  /** Read later than the rollout's own look, and not what it saw: the engine has still to find it. */
  found: Split | null
  error: string | null
}

/** When the split of an open rollout was last read: by the engine, or since then by a read of its target that found the same. */
export function useSplitRead(r: RolloutView): SplitRead {
  const target = useQuery({ ...query(viewTarget, { id: r.target.id }), enabled: !isEnd(r.state) }).data
  const { asOf, observed } = r.split
  const live = target?.live
  const error = target?.error ?? null
  if (isEnd(r.state) || !live || !observed || asOf === null || live.asOf <= asOf) return { asOf, found: null, error }
  return sameSplit(observed, live.split) ? { asOf: live.asOf, found: null, error } : { asOf, found: live.split, error }
}
