import { expect, test } from 'vitest'
import { actionsOn, foundSections, matching, wishOf } from '#components/find/entries.ts'
import type { ApplicationView } from '#lib/applications/contract.ts'
import type { Found } from '#lib/search/contract.ts'

test.each([
  ['api production', null, 'api production', ''],
  ['roll back', 'rollback', '', ''],
  ['Rollback api in production', 'rollback', 'api in production', ''],
  ['roll back api', 'rollback', 'api', ''],
  ['rollbacks', null, 'rollbacks', ''],
  ['promote', 'promote', '', ''],
  ['Promote v1.3.0', 'promote', 'v1.3.0', ''],
  ['promote 1.3.0 to', 'promote', '1.3.0', ''],
  ['promote 1.3.0 to Prod', 'promote', '1.3.0', 'prod'],
  ['promoted', null, 'promoted', ''],
])('%j is a wish', (typed, verb, find, into) => {
  expect(wishOf(typed)).toEqual({ verb, find, into })
})

const found = (over: Partial<Found>): Found => ({ kind: 'target', id: 't1', title: 'api in production', detail: '', match: 'exact', application: 'shop', environment: 'production', service: 'api', target: 't1', state: null, at: null, ...over })
const release = found({ kind: 'release', id: 'r1', title: '1.3.0', environment: null, service: null, target: null, state: 'active' })
const shop = { slug: 'shop', title: 'Shop', environments: [{ slug: 'staging' }, { slug: 'production' }] } as ApplicationView
const as = (role: 'viewer' | 'developer' | 'on_call', application: string | null = null) => ({ roles: [{ role, application, environment: null }], applications: [shop] })
const named = (items: Found[], typed: string, known = as('on_call')) => actionsOn(items, wishOf(typed), known).map((e) => e.title)

test('offers what the roles open, and asks at the thing itself', () => {
  expect(named([found({}), release], 'x')).toEqual(['Roll back api in production…'])
  expect(named([found({}), release], 'x', as('developer'))).toEqual(['Promote 1.3.0 to staging…', 'Promote 1.3.0 to production…'])
  expect(named([found({}), release], 'x', as('viewer'))).toEqual([])
  expect(named([found({})], 'x', as('on_call', 'other'))).toEqual([])
  expect(actionsOn([found({})], wishOf('x'), as('on_call'))).toMatchObject([{ href: '/targets/t1?do=rollback' }])
})

test('a vetoed release is not offered to be promoted', () => {
  expect(named([{ ...release, state: 'vetoed' }], 'promote 1.3.0', as('developer'))).toEqual([])
})

test('a wish leaves only what it names', () => {
  expect(named([found({}), release], 'promote 1.3.0 to prod', as('developer'))).toEqual(['Promote 1.3.0 to production…'])
  expect(named([found({}), release], 'roll back api')).toEqual(['Roll back api in production…'])
})

test('sections keep the order of the finds and say when there are more', () => {
  const sections = foundSections([release, found({}), { ...release, id: 'r2' }], ['release'])
  expect(sections.map((s) => [s.title, s.entries.length])).toEqual([['Releases, the first of more', 2], ['Targets', 1]])
})

test('commands are found by all their words, those that begin so apart', () => {
  const entries = ['Releases', 'New release', 'Audit'].map((title) => ({ id: title, title, icon: 'release' as const, href: '/' }))
  const { first, other } = matching(entries, 'release')
  expect([first.map((e) => e.title), other.map((e) => e.title)]).toEqual([['Releases'], ['New release']])
})
