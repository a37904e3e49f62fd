/** `npm test`: every test there is. Unit, database, contract and service tests first, then journeys in a browser against the built product. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os, { availableParallelism } from 'node:os'
import path from 'node:path'
import { build, isBuilt } from '#scripts/build.ts'
import { findChromium } from '#scripts/chromium.ts'
import { runJourneys } from '#scripts/e2e.ts'
import { failuresFile } from '#scripts/failures-reporter.ts'
import { generateClient } from '#scripts/generate.ts'
import { root } from '#scripts/parts.ts'
import { say } from '#scripts/steps.ts'

/** What failed, a line each: printed at the end, since what a part printed itself may be thousands of lines above. */
const failures: string[] = []

try {
  findChromium() // first, because finding none after ten minutes of tests is the worse surprise
  generateClient()
  // One file per processor, but the kills alone: they measure how soon a dead worker's work is taken over.
  vitest('tests', [`--maxWorkers=${availableParallelism()}`, '--exclude=worker/**'], {})
  vitest('kills', ['--maxWorkers=1', 'worker/'], {})
  if (!isBuilt()) await build()
  vitest('README and image', ['scripts/docker-files.test.ts', 'scripts/readme.test.ts'], { SLUICE_TEST_IMAGE: '1', SLUICE_TEST_README: '1' })
  if ((await runJourneys([])) !== 0) failures.push('journeys: see right above')
} catch (error) {
  failures.push(error instanceof Error ? error.message : String(error))
}
for (const line of failures) say(`FAILED  ${line}`)
process.exitCode = failures.length === 0 ? 0 : 1

/** Runs a part of the tests and notes what failed of it. */
function vitest(part: string, args: readonly string[], settings: Readonly<Record<string, string>>): void {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-report-'))
  const file = path.join(folder, 'failures.json')
  const command = [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...args, '--reporter=default', `--reporter=${path.join(root, 'scripts/failures-reporter.ts')}`]
  const { status, signal } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit', env: { ...process.env, ...settings, [failuresFile]: file } })
  const told = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : []
  // A cluster that did not start, or did not end, leaves nothing in the report.
  if (status !== 0) failures.push(...(told.length > 0 ? told : [`ended with ${signal ?? `code ${status}`} and no failure told, see above`]).map((line) => `${part}: ${line}`))
  rmSync(folder, { recursive: true, force: true })
}
