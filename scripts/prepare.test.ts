import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { isInstalled, prepare, prepareTests } from '#scripts/prepare.mjs'
import { findPrometheus } from '#scripts/prometheus.mjs'

const lock = { packages: { '': {}, 'node_modules/a': { version: '1.0.0' }, 'node_modules/only-on-mac': { version: '1.0.0', optional: true } } }

test.each([
  ['nothing installed', undefined, false],
  ['what the lock names', { 'node_modules/a': { version: '1.0.0' } }, true],
  ['another version', { 'node_modules/a': { version: '0.9.0' } }, false],
  ['a package is missing', {}, false],
  ['a build for this machine is of another version', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/only-on-mac': { version: '0.9.0' } }, false],
])('installed or not: %s', (_, installed, expected) => {
  expect(isInstalled(project(installed))).toBe(expected)
})

test('what is installed already is left alone', () => {
  expect(prepare(project({ 'node_modules/a': { version: '1.0.0' } }), { npm: '/nowhere/npm' })).toBeUndefined()
})

test.each([
  ['a registry that cannot be reached', 'echo "npm error code ENOTFOUND" >&2; exit 1', /npm cannot reach its package registry \(ENOTFOUND\)/],
  ['another failure, with npm\'s own words', 'echo "npm error Missing: x@1 from lock file" >&2; exit 1', /npm ci failed:\nMissing: x@1 from lock file/],
])('one clear line: %s', (_, script, line) => {
  const root = project(undefined)
  const npm = path.join(root, 'npm')
  writeFileSync(npm, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  expect(prepare(root, { npm })).toMatch(line)
})

test('no npm at all', () => {
  expect(prepare(project(undefined), { npm: '/nowhere/npm' })).toMatch(/npm could not be run/)
})

test('a Prometheus is looked for before the tests alone, and where there is none one line says what to install', () => {
  const none = () => findPrometheus({ named: '/nowhere/prometheus' })
  expect(prepareTests('prestart', none)).toBeUndefined()
  expect(prepareTests(undefined, none)).toBeUndefined()
  expect(prepareTests('pretest', none)).toBe('PROMETHEUS_PATH names /nowhere/prometheus, which does not exist.')
  expect(prepareTests('pretest', () => findPrometheus({ named: process.execPath }))).toBeUndefined()
})

function project(installed: object | undefined) {
  const root = mkdtempSync(path.join(os.tmpdir(), 'sluice-prepare-'))
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify(lock))
  if (installed) {
    mkdirSync(path.join(root, 'node_modules'))
    writeFileSync(path.join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages: installed }))
  }
  return root
}
