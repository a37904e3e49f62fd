import { expect, test } from 'vitest'
import { backgroundDone, inBackground } from '#lib/platform/background.ts'

test('all that is under way is waited for, and what it began meanwhile', async () => {
  const order: string[] = []
  const first = Promise.withResolvers<void>()
  const second = Promise.withResolvers<void>()
  inBackground(first.promise.then(() => {
    order.push('first')
    inBackground(second.promise.then(() => void order.push('second')))
  }))
  const done = backgroundDone().then(() => order.push('done'))
  first.resolve()
  await first.promise
  second.resolve()
  await done
  expect(order).toEqual(['first', 'second', 'done'])
})

test('nothing under way is done at once', async () => {
  await backgroundDone()
})
