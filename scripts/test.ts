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
  const isGreen = vitest([], {})
  if (!isBuilt()) await build()
  const isBuiltGreen = vitest(['scripts/docker-files.test.ts', 'scripts/readme.test.ts'], { SLUICE_TEST_IMAGE: '1', SLUICE_TEST_README: '1' })
  const journeys = await runJourneys([])
  process.exitCode = isGreen && isBuiltGreen && journeys === 0 ? 0 : 1
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

/** True when every test passed. */
function vitest(args: readonly string[], settings: Readonly<Record<string, string>>): boolean {
  const command = [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args]
  return spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env: { ...process.env, ...settings } }).status === 0
}
