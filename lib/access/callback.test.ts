import { expect, test } from 'vitest'
import { safeCallback } from '#lib/access/callback.ts'

const base = 'https://sluice.example.com'

test.each([
  ['/rollouts/1?tab=steps#x', '/rollouts/1?tab=steps#x'],
  ['https://sluice.example.com/targets', '/targets'],
  ['rollouts', '/rollouts'],
  ['', '/'],
  [undefined, '/'],
  ['//evil.example', '/'],
  ['///evil.example', '/'],
  ['/\\evil.example', '/'],
  ['\\/evil.example', '/'],
  ['/\t/evil.example', '/'],
  ['https://evil.example/', '/'],
  ['https://sluice.example.com.evil.example/', '/'],
  ['https://sluice.example.com@evil.example/', '/'],
  ['http://sluice.example.com/', '/'],
  ['javascript:alert(1)', '/'],
  ['data:text/html,x', '/'],
  ['/.//evil.example', '/'],
  ['https://user@sluice.example.com/x', '/'],
])('%s leads to %s', (given, wanted) => {
  expect(safeCallback(given, base)).toBe(wanted)
})
