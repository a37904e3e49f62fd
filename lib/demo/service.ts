import 'server-only'
import { type Actor, authorise, can } from '#lib/access/actor.ts'
import { record } from '#lib/audit/record.ts'
import type { GuideView, passTime } from '#lib/demo/contract.ts'
import { guideApplication, guideOf } from '#lib/demo/decide.ts'
import { guideFacts, type GuidePlaces, guidePlaces } from '#lib/demo/store.ts'
import { moveClock, nowMs } from '#lib/platform/clock.ts'
import { db } from '#lib/platform/db/client.ts'
import type { Output, Parsed } from '#lib/platform/endpoint.ts'
import { env } from '#lib/platform/env.ts'
import { AppError } from '#lib/platform/errors.ts'

/** Whether this installation plays: demo accounts beside an emulated cloud. */
export const isDemo = (): boolean => env().SLUICE_DEMO && env().SLUICE_CLOUD === 'emulator'

const nothing = { available: false, steps: [], again: null, requested: false }

/** Where the guided path goes, if it is here and this person may see it. */
async function placesFor(actor: Actor): Promise<GuidePlaces | null> {
  const places = isDemo() ? await guidePlaces(guideApplication) : null
  return places && can(actor, 'view', { applicationId: places.applicationId }) ? places : null
}

/** The guided path of the demo; `available: false` with a real project, and for who may not see its application. */
export async function guide(actor: Actor): Promise<GuideView> {
  const [places, atMs] = await Promise.all([placesFor(actor), nowMs()])
  const now = new Date(atMs).toISOString()
  return places ? { available: true, ...guideOf(await guideFacts(actor, places, atMs)), now } : { ...nothing, now }
}

/** Moves product time. Throws `not_found` where no demo is: nobody's deadlines may be moved. */
export async function pass(actor: Actor, input: Parsed<typeof passTime>): Promise<Output<typeof passTime>> {
  const places = await placesFor(actor)
  if (!places) throw new AppError('not_found', 'Time passes by itself here: this is no demo that you may move')
  authorise(actor, 'propose', { applicationId: places.applicationId }, 'let time pass in the demo')
  const atMs = await db.$transaction(async (tx) => {
    await moveClock(input.minutes * 60_000, tx)
    const movedMs = await nowMs(tx)
    await record(tx, { chain: guideApplication, actor, verb: 'demo.time_passed', subject: { kind: 'application', id: guideApplication }, message: `let ${input.minutes} min pass in the demo`, atMs: movedMs })
    return movedMs
  })
  return { now: new Date(atMs).toISOString() }
}
