'use client'
import { useState } from 'react'
import type { PromotionView } from '#lib/promotions/contract.ts'

type Reading = { contentHash: string; live: string }
const liveOf = (p: PromotionView): string => JSON.stringify(p.plan.targets.map((t) => [t.service, t.live, t.from.revision, t.from.image]))
const readingOf = (p: PromotionView): Reading => ({ contentHash: p.contentHash, live: liveOf(p) })

/** What the reader saw when the page opened; a later read that differs must be looked at before it can be approved. */
export function useReading(p: PromotionView) {
  const [seen, setSeen] = useState<Reading>(() => readingOf(p))
  const now = readingOf(p)
  const changed = now.contentHash !== seen.contentHash ? 'The content changed; approvals given for the old content are void.' : now.live !== seen.live ? 'Live changed; what you read was against the old state.' : null
  return { changed, accept: () => setSeen(now) }
}
