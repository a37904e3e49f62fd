import { flushCompileCache } from 'node:module'
import { createInterface } from 'node:readline'
import { arm, follow, namesOf } from './crash-points.ts'
import { runtimeFor } from '#lib/drivers/registry.ts'
import { nowMs } from '#lib/platform/clock.ts'
import { say, Told } from './say.ts'
// What takes long to load is loaded before the word to go; none of it starts anything.
import 'graphile-worker'
import '#lib/engine/run.ts'
import '#lib/promotions/run.ts'

/**
 * A worker that waits to be told to begin, so that a row of them costs one start-up per kill while the one before still
 * runs. It ends with the test that started it.
 */
createInterface({ input: process.stdin })
  .on('line', (line) => obey(Told.parse(JSON.parse(line))))
  .on('close', () => process.exit(1))

// The first read makes the clients and their connections.
await Promise.all([nowMs(), runtimeFor('cloud-run').observe({ project: 'warm-up', region: 'europe-west1', service: 'none' })])
// Node would write it at the end, which a killed process never comes to: the next ones would compile all of it again.
flushCompileCache()
say({ said: 'warm' })

function obey(told: Told): void {
  switch (told.do) {
    case 'go':
      return void import('#worker/main.ts')
    case 'follow':
      follow(told.rollouts)
      return say({ said: 'armed' })
    case 'arm':
      arm(told.stops)
      return say({ said: 'armed' })
    case 'names':
      return say({ said: 'names', names: told.rollouts.map((id) => [...namesOf(id)]) })
  }
}
