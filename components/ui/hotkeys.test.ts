import { expect, test } from 'vitest'
import { createHotkeys, type Hotkey } from '#components/ui/hotkeys.ts'

const done: string[] = []
const key = (keys: string | null, label: string, over: Partial<Hotkey> = {}): Hotkey => ({ keys, label, run: () => void done.push(label), ...over })
function register(...lists: Hotkey[][]) {
  done.length = 0
  const keys = createHotkeys()
  const holders = lists.map((list) => ({ list }))
  const removers = holders.map((h) => keys.add(h))
  return { keys, holders, removers }
}

test('a key does what it stands for, and what is not ours is left to the browser', () => {
  const { keys } = register([key('R', 'roll back')])
  expect([keys.press('R'), keys.press('Z'), keys.press('R', true)]).toEqual([true, false, false])
  expect(done).toEqual(['roll back'])
})

test('the page wins over the frame, the later over the earlier, and the sheet shows only the winner', () => {
  const { keys } = register([key('/', 'find in the list')], [key('/', 'find anything', { group: 'anywhere' })], [key('X', 'below')], [key('X', 'on top')])
  keys.press('/')
  keys.press('X')
  expect(done).toEqual(['find in the list', 'on top'])
  expect(keys.live().map((h) => h.label)).toEqual(['on top', 'find in the list'])
})

test('a sequence waits for its next key, which is never an action of its own', () => {
  const { keys } = register([key('G R', 'releases', { group: 'place' }), key('R', 'roll back'), key('X', 'abort')])
  expect(keys.press('G')).toBe(true)
  expect(keys.pending()).toBe('G')
  expect(keys.press('R')).toBe(true)
  expect(done).toEqual(['releases'])
  keys.press('G')
  expect(keys.press('X')).toBe(true)
  expect([done, keys.pending()]).toEqual([['releases'], null])
  keys.press('G')
  keys.forget()
  keys.press('R')
  expect(done).toEqual(['releases', 'roll back'])
})

test('held down, only moving in a list goes on', () => {
  const { keys } = register([key('J', 'next', { group: 'list' }), key('H', 'pause')])
  expect([keys.press('J', true), keys.press('H', true)]).toEqual([true, false])
  expect(done).toEqual(['next'])
})

test('what is not live now, or was taken away, does nothing and is not shown', () => {
  let rows = 0
  const { keys, holders, removers } = register([key('J', 'next', { isLive: () => rows > 0 })], [key('A', 'approve')])
  expect([keys.press('J'), keys.live().map((h) => h.label)]).toEqual([false, ['approve']])
  rows = 1
  expect(keys.press('J')).toBe(true)
  if (holders[1]) holders[1].list = [key('A', 'start')]
  keys.press('A')
  removers[1]?.()
  expect(keys.press('A')).toBe(false)
  expect(done).toEqual(['next', 'start'])
})

test('an address asks only for what asks itself', () => {
  const { keys } = register([key('R', 'roll back', { asksAs: 'rollback' }), key('H', 'pause')])
  expect(keys.asking('rollback')?.label).toBe('roll back')
  expect([keys.asking('pause'), keys.asking('H'), keys.asking('')]).toEqual([undefined, undefined, undefined])
})

test('what the browser does is named and left to it', () => {
  const { keys } = register([key('Enter', 'open the row', { run: null })])
  expect([keys.press('Enter'), keys.live().map((h) => h.label)]).toEqual([false, ['open the row']])
})
