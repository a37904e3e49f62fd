import { afterEach, beforeAll, expect, test, vi } from 'vitest'
import { bundleVictim } from './testing/bundle.ts'
import { begin, count, expectSameEnd, makeLane, type Reference, startWorking, stopsOf, untilEnded, untilStanding } from './testing/lane.ts'
import { sample, seedOf } from './testing/seed.ts'

/** SIGTERM, as at every deploy of Sluice itself: nothing is lost and the process is gone within five seconds. */
const lane = await makeLane(await bundleVictim(), 500)
const { w } = lane
const mostMs = 5_000
let reference: Reference

beforeAll(async () => {
  reference = await count(lane, await startWorking(lane))
  await lane.killAll()
}, 120_000)
afterEach(() => lane.killAll())

test('asked to stop at any point, a worker ends in time and the next one ends the rollout the same way', { timeout: 120_000 }, async () => {
  const seed = seedOf('CRASH_SEED')
  const points = sample(seed, 10, reference.names.length)
  let worker = await startWorking(lane)
  for (const point of points) {
    const next = lane.spawn()
    const [c] = await begin(w, [{ point, mode: 'before' }], (begun) => worker.arm(stopsOf(begun, 'SIGTERM', reference)))
    if (!c) throw new Error('no rollout was made')
    await untilStanding([c], worker)
    // Its walk was one look shorter than the one counted, and has ended: it is asked at rest.
    if (!worker.stands()) worker.signal('SIGTERM')
    const askedAtMs = Date.now()
    const end = await worker.gone
    const at = `seed ${seed}, point ${point} (${reference.names[point] ?? ''})`
    expect(end, at).toMatchObject({ code: 0 })
    expect(end.atMs - askedAtMs, at).toBeLessThan(mostMs)
    await next.warm
    await next.go()
    await untilEnded([c], next)
    await expectSameEnd(w, c, reference)
    worker = next
  }
})

test('asked to stop while the provider holds a call, a worker does not wait for it', { timeout: 60_000 }, async () => {
  const worker = await startWorking(lane)
  const [c] = await begin(w, [{ point: 0, mode: 'before' }], async ([one]) => {
    await w.cloud.control('faults', { rpc: 'UpdateService', service: one?.locator.service, kind: 'delay', delayMs: 10_000, times: 1 })
  })
  if (!c) throw new Error('no rollout was made')
  const held = () => w.cloud.calls({ service: c.locator.service, rpc: 'UpdateService' })
  await vi.waitFor(async () => expect(await held()).toMatchObject([{ status: null }]), { timeout: 20_000, interval: 10 })
  const askedAtMs = Date.now()
  expect(await worker.kill('SIGTERM')).toMatchObject({ code: 0 })
  expect(Date.now() - askedAtMs).toBeLessThan(mostMs)
  const next = await startWorking(lane)
  await untilEnded([c], next)
  // Taken or refused, whichever was first: what counts is that the provider took it once.
  await vi.waitFor(async () => expect((await held())[0]?.status).not.toBeNull(), { timeout: 20_000, interval: 50 })
  await expectSameEnd(w, c, reference)
})
