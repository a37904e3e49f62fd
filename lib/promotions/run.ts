import 'server-only'
import { wake } from '#lib/engine/jobs.ts'
import { nowMs } from '#lib/platform/clock.ts'
import type { Tx } from '#lib/platform/db/client.ts'
import { AppError } from '#lib/platform/errors.ts'
import { followRollouts } from '#lib/promotions/follow.ts'
import { Journal, lockPromotion } from '#lib/promotions/store.ts'
import { isPromotionEnd } from '#lib/promotions/state.ts'
import { evaluateWaiting } from '#lib/promotions/waiting.ts'
import { meetDatabase } from '#lib/restored/service.ts'
import { isId } from '#lib/platform/id.ts'
import { transact } from '#lib/rollouts/transact.ts'

/** More turns than a promotion can take at once; the rest comes with the next wake-up. */
const mostTurns = 8
const busyAgainMs = 1_000

/**
 * One wake-up of a promotion: looks where it stands and does what is due. Every turn is one transaction under the lock
 * of its environment, reads everything again and calls no cloud, so it may run any number of times, at once and killed
 * anywhere: a turn happened or it did not.
 */
export async function runPromotion(id: string): Promise<void> {
  if (!isId(id)) return
  await meetDatabase()
  for (let turn = 0; turn < mostTurns; turn += 1) {
    const moved = await takeTurn(id)
    if (!moved) return
  }
  await transact((tx) => wake(tx, 'promotion', id))
}

async function takeTurn(id: string): Promise<boolean> {
  try {
    return await transact((tx) => turn(tx, id))
  } catch (error) {
    // A rollback took the target between our look and our write: nothing was written, we look again.
    if (!(error instanceof AppError) || !error.unmet?.some((u) => u.code === 'target_busy')) throw error
    await transact(async (tx) => tx.promotion.updateMany({ where: { id }, data: { wakeAt: new Date((await nowMs(tx)) + busyAgainMs) } }))
    return false
  }
}

/** Answers whether something moved, so that there may be more to do. */
async function turn(tx: Tx, id: string): Promise<boolean> {
  const row = await lockPromotion(tx, id)
  if (!row || isPromotionEnd(row.state)) return false
  const journal = new Journal()
  const atMs = await nowMs(tx)
  const moved = row.state === 'rolling_out' ? await followRollouts(tx, journal, row, atMs) : await evaluateWaiting(tx, journal, row, atMs)
  await journal.write(tx)
  return moved
}
