/** `npm test`: every test there is. Unit, database, contract and service tests first, then journeys in a browser against the built product. */
import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { build, isBuilt } from '#scripts/build.ts'
import { findChromium } from '#scripts/chromium.ts'
import { runJourneys } from '#scripts/e2e.ts'
import { generateClient } from '#scripts/generate.ts'
import { root } from '#scripts/parts.ts'

try {
  findChromium() // first, because finding none after ten minutes of tests is the worse surprise
  generateClient()
  const vitest = spawnSync(process.execPath, [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run'], { cwd: root, stdio: 'inherit' })
  if (!isBuilt()) await build()
  const journeys = await runJourneys([])
  process.exitCode = vitest.status === 0 && journeys === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
