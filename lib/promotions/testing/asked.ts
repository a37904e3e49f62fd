import type { Actor } from '#lib/access/actor.ts'
import { create, decide } from '#lib/promotions/service.ts'
import { acmeModel } from '#lib/promotions/testing/model.ts'
import { makeRelease, makeWorld, type World } from '#lib/promotions/testing/world.ts'

/** Production asks for approvals and nothing else, so that these tests are about people. */
export const onlyApprovals = (count = 1, change: (m: ReturnType<typeof acmeModel>) => void = () => undefined) => {
  const model = acmeModel()
  for (const e of model.environments) {
    e.after = []
    for (const rule of e.approvals) rule.count = count
  }
  change(model)
  return makeWorld(model)
}
export const ask = async (world: World, by: Actor, over: Parameters<typeof makeRelease>[2] = {}) => create(by, { release: (await makeRelease(world, ['api'], over)).id, environment: 'production' })
export const approve = (by: Actor, p: { id: string; contentHash: string }) => decide(by, { id: p.id, decision: 'approve', contentHash: p.contentHash })
