import { expect, test } from 'vitest'
import { curlLine, fillPath, queryString } from '#lib/platform/address.ts'

test('names of the path are filled and encoded, the rest is left over', () => {
  expect(fillPath('/api/v1/targets/:id/split', { id: 'a b', percent: 5 })).toEqual({ path: '/api/v1/targets/a%20b/split', rest: { percent: 5 } })
})

test('what is not given is not asked', () => {
  expect(queryString({ application: 'shop', cursor: undefined, limit: null })).toBe('?application=shop')
  expect(queryString({})).toBe('')
})

test('a curl line can be pasted into a shell: nothing of the input ends its quotes', () => {
  expect(curlLine('https://sluice.example.com', { path: '/api/v1/releases' }, { application: 'shop', actor: "o'neil" })).toBe(
    `curl -H "Authorization: Bearer $SLUICE_TOKEN" 'https://sluice.example.com/api/v1/releases?application=shop&actor=o%27neil'`,
  )
  expect(curlLine('', { path: '/api/v1/releases/:id' }, { id: "x'; rm -rf" })).not.toMatch(/'[^']*'[^']*'/)
})
