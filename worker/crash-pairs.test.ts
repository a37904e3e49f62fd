import { afterEach, expect, test } from 'vitest'
import { bundleVictim } from './testing/bundle.ts'
import { killPairs } from './testing/chain.ts'
import { count, type Kill, makeLane, startWorking } from './testing/lane.ts'
import { draw, seedOf } from './testing/seed.ts'

/** `npm run test:crash`: how many pairs of kills; none in `npm test`, since every point alone is killed there. */
const pairs = Number(process.env['CRASH_PAIRS'] ?? 0)
/** A successor first looks at what it found: it has that many points more than were left. */
const looked = 20

const lane = pairs > 0 ? await makeLane(await bundleVictim(), 500) : null
afterEach(async () => {
  await lane?.killAll()
})

test.runIf(pairs > 0)(`${pairs} times, a worker is killed and then the one that took over`, { timeout: 3_600_000 }, async () => {
  if (!lane) throw new Error('no lane without pairs')
  const worker = await startWorking(lane)
  const reference = await count(lane, worker)
  await worker.kill()
  const seed = seedOf('CRASH_SEED')
  process.stdout.write(`CRASH_SEED=${seed}\n`)
  const kill = (place: string, below: number): Kill => ({ point: draw(seed, `${place} point`, below), mode: draw(seed, `${place} mode`, 2) === 0 ? 'before' : 'after' })
  const drawn = Array.from({ length: pairs }, (_, i) => {
    const first = kill(`${i} first`, reference.names.length)
    return [first, kill(`${i} second`, reference.names.length - first.point + looked)] as const
  })
  expect(await killPairs(lane, reference, drawn.toSorted(([a], [b]) => a.point - b.point))).toBe(2 * pairs)
})
