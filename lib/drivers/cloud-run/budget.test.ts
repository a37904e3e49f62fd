import { expect, test } from 'vitest'
import { writeBudget } from '#lib/drivers/cloud-run/budget.ts'

test('ordinary writes stop at 90%, a rollback goes on to the whole, each place has its own, and time opens it', () => {
  let now = 0
  const spend = writeBudget(10, () => now)
  for (let i = 0; i < 9; i++) spend('p/eu', 'ordinary')
  expect(() => spend('p/eu', 'ordinary')).toThrow('kept for rollback')
  spend('p/eu', 'rollback')
  expect(() => spend('p/eu', 'rollback')).toThrow('10 writes')
  spend('p/us', 'ordinary')
  now = 60_000
  spend('p/eu', 'ordinary')
})
