'use client'
import { useStale } from '#components/live/use-stale.ts'
import { Mark } from '#components/ui/mark.tsx'
import { Ago } from '#components/ui/time.tsx'
import type { TargetSummary } from '#lib/targets/contract.ts'

/** Whether the last look at the cloud is too old; one that never was is told in other words. */
export const useTargetOld = (t: Pick<TargetSummary, 'asOf' | 'staleAfterSeconds'>): boolean => useStale(t.asOf, t.staleAfterSeconds) && t.asOf !== null

/** Beside what a list shows of a target: how old it is, once that is too old. */
export const TargetAge = ({ target: t }: { target: Pick<TargetSummary, 'asOf' | 'staleAfterSeconds'> }) => (useTargetOld(t) && t.asOf !== null ? <Mark kind="stale">Read <Ago iso={t.asOf} /></Mark> : null)
