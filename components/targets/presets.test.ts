import { expect, test } from 'vitest'
import { presetsFor } from '#components/targets/presets.ts'

const now = '2026-03-01T10:00:00.000Z'
type Counted = { requests: number; errors: number; p95Ms: number | null }
const counted = (requests: number, errors: number): Counted => ({ requests, errors, p95Ms: 100 })
type Of = { all: Counted; revisions?: (Counted & { revision: string })[]; asOf?: string; share?: number }
const target = ({ all, revisions = [], asOf = now, share = 100 }: Of) => ({
  now, split: { bad: share }, rollback: { from: { revision: 'bad', release: null } },
  health: { state: 'measured' as const, ...all, revisions, until: now, asOf, error: null },
})

test.each<[string, Of, string]>([
  ['one in a hundred of the only revision failed', { all: counted(1000, 10) }, 'Errors'],
  ['fewer failed', { all: counted(1000, 9) }, 'Precaution'],
  ['nothing was asked', { all: counted(0, 0) }, 'Precaution'],
  ['the revision that is left fails, all together do not', { all: counted(1000, 9), revisions: [{ revision: 'bad', ...counted(100, 9) }, { revision: 'good', ...counted(900, 0) }] }, 'Errors'],
  ['another revision fails', { all: counted(1000, 90), revisions: [{ revision: 'bad', ...counted(100, 0) }, { revision: 'good', ...counted(900, 90) }] }, 'Precaution'],
  ['the revision that is left answered nothing', { all: counted(900, 90), revisions: [{ revision: 'good', ...counted(900, 90) }] }, 'Precaution'],
  ['whose requests they were is not known', { all: counted(1000, 90), share: 10 }, 'Precaution'],
  ['the reading is old', { all: counted(1000, 900), asOf: '2026-03-01T09:56:00.000Z' }, 'Precaution'],
])('%s: %o begins with %s', (_, of, first) => {
  expect(presetsFor(target(of))[0]).toBe(first)
})

test('without a reading nothing is claimed', () => {
  expect(presetsFor({ ...target({ all: counted(1, 1) }), health: null })[0]).toBe('Precaution')
})
