import { writeFileSync } from 'node:fs'
import path from 'node:path'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

/** Variable that names the file for the failures: a JSON array of texts. */
export const failuresFile = 'SLUICE_TEST_FAILURES'

const mostCharacters = 1_500

/**
 * A reporter of vitest that writes what failed in a run, with where and why, so that it can be said again at the end of
 * all parts. Errors outside of any test are among it (a promise nobody waits for, a process that ended): they fail a run
 * in which every test passed, and vitest's own JSON report leaves them out.
 */
export default class FailuresReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    const file = process.env[failuresFile]
    if (file) writeFileSync(file, JSON.stringify([...modules.flatMap(failedIn), ...unhandled.map(outside)]))
  }
}

function failedIn(module: TestModule): string[] {
  const at = path.relative('', module.moduleId)
  const suites = [...module.children.allSuites()].flatMap((suite) => suite.errors().map((e) => `${at} > ${suite.fullName}\n${reason(e)}`))
  const tests = [...module.children.allTests('failed')].map((test) => `${at} > ${test.fullName}\n${(test.result().errors ?? []).map(reason).join('\n')}`)
  return [...module.errors().map((e) => `${at}\n${reason(e)}`), ...suites, ...tests]
}

/** Vitest notes the file, and the test if one ran, that the error came up in. */
function outside(error: SerializedError): string {
  const { VITEST_TEST_PATH: file, VITEST_TEST_NAME: test } = error as { VITEST_TEST_PATH?: string; VITEST_TEST_NAME?: string }
  const at = [file && path.relative('', file), test].filter(Boolean).join(' > ')
  return `an error outside of a test${at && `, while ${at} ran`}\n${reason(error)}`
}

function reason(error: SerializedError): string {
  const cause = error.cause && `caused by ${error.cause.stack || error.cause.message}`
  const lines = [error.stack || `${error.name ?? 'Error'}: ${error.message}`, cause].filter(Boolean).join('\n').split('\n')
  return lines.filter((line) => !line.includes('/node_modules/vitest/')).join('\n').slice(0, mostCharacters)
}
