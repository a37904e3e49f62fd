import { expect, test } from 'vitest'
import { holdCodes, mayAct, stepKinds } from '#lib/rollouts/state.ts'

test.each(holdCodes.flatMap((hold) => stepKinds.filter((k) => k !== 'bake').map((stepKind) => [hold, stepKind] as const)))('held: %s, advance never skips a step %s', (hold, stepKind) => {
  expect(mayAct('advance', { state: 'held', hold, stepKind }).kind).toBe('illegal')
})
