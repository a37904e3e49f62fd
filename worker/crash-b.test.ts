import { test } from 'vitest'
import { bundleVictim } from './testing/bundle.ts'
import { runShare } from './testing/chain.ts'
import { makeLane } from './testing/lane.ts'

/** Half of the points, so that two files share two processors. */
const lane = await makeLane(await bundleVictim(), 500)

test('killed before and after every odd point of a rollout, a worker leaves nothing that the next one does not end the same way', { timeout: 900_000 }, async () => {
  await runShare(lane, { index: 1, of: 2 })
})
