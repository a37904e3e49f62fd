import { sameSplit } from '#components/rollouts/split-parts.ts'
import { splitWords } from '#components/rollouts/split-words.ts'
import { Strip } from '#components/ui/strip.tsx'
import type { Split } from '#lib/rollouts/schema.ts'

/** Somebody changed the service while it was edited here: what it was, what it is, and what came of a press. */
export function LiveChanged({ began, now }: { began: { split: Split; refused: boolean }; now: Split }) {
  const moved = !sameSplit(began.split, now)
  if (!moved && !began.refused) return null
  return (
    <Strip kind={began.refused ? 'fail' : 'stale'} word={began.refused ? 'Refused' : 'Changed meanwhile'}>
      {began.refused && <>Nothing was written: the live service changed after this preview was made. </>}
      {moved ? <>Live was {splitWords(began.split)} and is now {splitWords(now)}. </> : <>The split is as it was; something else about the service changed. </>}
      The preview below is made against what is live now.
    </Strip>
  )
}
