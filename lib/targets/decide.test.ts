import { expect, test } from 'vitest'
import { wayBack } from '#lib/targets/decide.ts'
import type { KnownRevision, WayBackFacts } from '#lib/targets/schema.ts'

const rev = (n: number, over: Partial<KnownRevision> = {}): KnownRevision => ({ name: `r${n}`, digest: `d${n}`, releaseId: null, version: `v${n}`, proven: 'proven', provenAtMs: n, servedBefore: null, outcome: null, ready: true, deleted: false, imageFound: null, imageCheckedAtMs: null, createdAtMs: n, schema: null, withdrawn: null, ...over })
const unproven = { proven: null, provenAtMs: null } as const
const facts = (revisions: KnownRevision[], over: Partial<WayBackFacts> = {}): WayBackFacts => ({ revisions: revisions.toSorted((a, b) => b.createdAtMs - a.createdAtMs), liveSplit: { r3: 100 }, stableRevision: 'r3', open: null, heldDigests: [], ...over })

const table: [string, WayBackFacts, string | null][] = [
  ['to the last proven before the one that serves', facts([rev(1), rev(2), rev(3)]), 'r2'],
  ['over what was aborted or never served', facts([rev(1), rev(2, { ...unproven, outcome: 'aborted' }), rev(3)]), 'r1'],
  ['over what was proven and then rolled back', facts([rev(1), rev(2, { outcome: 'rolled_back' }), rev(3)]), 'r1'],
  ['by when each was proven last, not by when it was made', facts([rev(1, { provenAtMs: 20 }), rev(2), rev(3, { provenAtMs: 30 })]), 'r1'],
  ['never to what was proven after the one that serves', facts([rev(1), rev(2), rev(3)], { liveSplit: { r2: 100 }, stableRevision: 'r2' }), 'r1'],
  ['over what is deleted, not ready or held', facts([rev(0), rev(1, { deleted: true }), rev(2, { ready: false }), rev(3), rev(-1)], { heldDigests: ['d0'] }), 'r-1'],
  ['to an observed one when nothing was proven', facts([rev(1, { proven: 'observed' }), rev(3)]), 'r1'],
  ['to stable from what came to serve outside', facts([rev(2), rev(3), rev(4, unproven)], { liveSplit: { r4: 100 } }), 'r3'],
  ['to stable from what was never proven beside it, and not before stable', facts([rev(2), rev(3), rev(4, unproven)], { liveSplit: { r3: 60, r4: 40 } }), 'r3'],
  ['to the one before when both that serve were proven', facts([rev(2), rev(3)], { liveSplit: { r3: 60, r2: 40 } }), 'r2'],
  ['to stable in the middle of a canary', facts([rev(2), rev(3), rev(4, unproven)], { liveSplit: { r3: 90, r4: 10 }, open: { stable: 'r3', candidate: 'r4' } }), 'r3'],
  ['to stable while the candidate has no name yet', facts([rev(2), rev(3)], { open: { stable: 'r3', candidate: null } }), 'r3'],
  ['to stable although its own digest is held: it was shipped again with other config', facts([rev(2), rev(3), rev(4, { ...unproven, digest: 'd3' })], { liveSplit: { r3: 90, r4: 10 }, open: { stable: 'r3', candidate: 'r4' }, heldDigests: ['d3'] }), 'r3'],
  ['to what served before it was shipped, not to what was proven last and left by hand', facts([rev(1), rev(2), rev(3, { servedBefore: 'r1' })]), 'r1'],
  ['to what served before, also when that was only observed', facts([rev(1, { proven: 'observed' }), rev(2), rev(3, { servedBefore: 'r1' })]), 'r1'],
  ['past what served before when that was rolled back', facts([rev(0), rev(1), rev(2, { outcome: 'rolled_back' }), rev(3, { servedBefore: 'r2' })]), 'r1'],
  ['past what served before when it is deleted, not ready, not proven or held', facts([rev(-2), rev(1, unproven), rev(2), rev(3, { servedBefore: 'r1' })]), 'r2'],
  ['past what served before when its image is held', facts([rev(1), rev(2), rev(3, { servedBefore: 'r2' })], { heldDigests: ['d2'] }), 'r1'],
  ['to the last proven before when what served before is not known any more', facts([rev(1), rev(2), rev(3, { servedBefore: 'gone' })]), 'r2'],
  ['to stable in the middle of a canary, whatever served before stable', facts([rev(1), rev(2), rev(3, { servedBefore: 'r1' }), rev(4, unproven)], { liveSplit: { r3: 90, r4: 10 }, open: { stable: 'r3', candidate: 'r4' } }), 'r3'],
  ['nowhere when nothing else was proven', facts([rev(3), rev(4, unproven)]), null],
]
test.each(table)('%s', (_what, given, to) => expect(wayBack(given).to?.name ?? null).toBe(to))

test('what was passed over says why', () => {
  const way = wayBack(facts([rev(1), rev(2), rev(3, { servedBefore: 'r1' })]))
  expect(way.skipped).toEqual([{ revision: 'r2', reason: 'r1 is what served before' }])
  const over = wayBack(facts([rev(0), rev(1), rev(2, { deleted: true }), rev(3, { servedBefore: 'r2' })]))
  expect(over.skipped).toEqual([{ revision: 'r2', reason: 'the provider deleted it' }])
  const older = wayBack(facts([rev(1, { ready: false }), rev(2), rev(3, { servedBefore: 'r1' })]))
  expect([older.to?.name, older.skipped]).toEqual(['r2', [{ revision: 'r1', reason: 'the provider says it is not ready' }]])
})
