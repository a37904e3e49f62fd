import { QueryClient, QueryObserver } from '@tanstack/query-core'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createReader } from '#components/live/reader.ts'

const queryKey = ['rollouts.view', { id: 'r1' }]
let client: QueryClient
let reader: ReturnType<typeof createReader>
let end = () => {}
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  client = new QueryClient()
  reader = createReader(client)
})
afterEach(() => {
  end()
  reader.stop()
  vi.useRealTimers()
})

/** Shows an answer that came with its page, as it was read there. Answers how often the browser reads it by itself. */
function show(key: readonly unknown[], data: object) {
  let reads = 0
  const queryFn = () => {
    reads += 1
    return Promise.resolve({ ...data, version: 9 })
  }
  client.setQueryData(key, data)
  end = new QueryObserver(client, { queryKey: key, queryFn, staleTime: Infinity }).subscribe(() => undefined)
  return () => reads
}
const news = (id: string, version: number) => reader.take({ topic: 'rollout', id, version })

test('a page whose thing changed while the server read it is read again once it is shown', async () => {
  news('r1', 3)
  await vi.advanceTimersByTimeAsync(5_000)
  const read = show(queryKey, { id: 'r1', version: 2 })
  await vi.advanceTimersByTimeAsync(100)
  expect(read()).toBe(1)
  expect(client.getQueryData(queryKey)).toMatchObject({ version: 9 })
})

test.each([['shown as new as the event', 'r1', 3, 0], ['heard of another', 'r2', 9, 0], ['heard long ago', 'r1', 9, 11_000]])('%s: not read again', async (_, id, version, passMs) => {
  news(id, version)
  await vi.advanceTimersByTimeAsync(passMs)
  const read = show(queryKey, { id: 'r1', version: 3 })
  await vi.advanceTimersByTimeAsync(100)
  expect(read()).toBe(0)
})

test.each([[1_000, 1], [3_000, 0]])('a list shown %i ms after an event is read again %i times: it has no version to tell by', async (passMs, times) => {
  news('r1', 3)
  await vi.advanceTimersByTimeAsync(passMs)
  const read = show(['rollouts.list', {}], { items: [] })
  await vi.advanceTimersByTimeAsync(100)
  expect(read()).toBe(times)
})

test('events of one moment read what is shown once', async () => {
  const read = show(queryKey, { id: 'r1', version: 1 })
  for (const version of [2, 3, 4]) news('r1', version)
  await vi.advanceTimersByTimeAsync(50)
  expect(read()).toBe(1)
})
