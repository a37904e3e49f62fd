import { describe, expect, test } from 'vitest'
import { configChanges, floatingSecrets, mergedConfig } from '#lib/promotions/plan-config.ts'
import type { DeployConfig } from '#lib/rollouts/schema.ts'

const live = { 'env LOG_LEVEL': 'INFO', 'env HAND_SET': 'kept', 'secret API_KEY': 'api-key:3', 'resources.cpu': '1', 'scaling.max': '10', timeout: '60s' }

describe('deploy would change', () => {
  test.each<[string, DeployConfig, string[]]>([
    ['nothing when nothing is configured', {}, []],
    ['nothing when the value is live already', { env: { LOG_LEVEL: 'INFO' }, scaling: { max: 10 }, timeoutSeconds: 60 }, []],
    ['one env value, leaving others', { env: { LOG_LEVEL: 'DEBUG' } }, ['change env LOG_LEVEL INFO → DEBUG']],
    ['an added env value', { env: { NEW: '' } }, ['add env NEW null → ']],
    ['a removed env value', { env: { HAND_SET: null } }, ['remove env HAND_SET kept → null']],
    ['nothing for removing what is not there', { env: { NOPE: null } }, []],
    ['a secret version, as references', { secrets: { API_KEY: 'api-key:4' } }, ['change secret API_KEY api-key:3 → api-key:4']],
    ['nothing for the same secret by its resource name', { secrets: { API_KEY: 'projects/p/secrets/api-key:3' } }, []],
    ['a secret in place of an env value of that key', { secrets: { LOG_LEVEL: 'level' } }, ['remove env LOG_LEVEL INFO → null', 'add secret LOG_LEVEL null → level:latest']],
    ['an env value in place of a secret of that key', { env: { API_KEY: 'x' } }, ['add env API_KEY null → x', 'remove secret API_KEY api-key:3 → null']],
    ['scaling min, leaving max', { scaling: { min: 2 } }, ['add scaling.min null → 2']],
    ['resources, concurrency, timeout and account', { resources: { cpu: '2' }, concurrency: 80, timeoutSeconds: 300, serviceAccount: 'a@b' }, ['add concurrency null → 80', 'change resources.cpu 1 → 2', 'add serviceAccount null → a@b', 'change timeout 60s → 300s']],
  ])('%s', (_, wanted, expected) => {
    const { changes } = configChanges(live, mergedConfig(live, wanted))
    expect(changes.map((c) => `${c.op} ${c.path} ${c.before} → ${c.after}`)).toEqual(expected)
  })
})

test('what stays is counted', () => {
  expect(configChanges(live, mergedConfig(live, { env: { LOG_LEVEL: 'DEBUG' } })).unchanged).toBe(5)
})

test('secrets without a version are named, also those that stay', () => {
  expect(floatingSecrets({ 'secret A': 'a:latest', 'secret B': 'b:2', 'env C': 'x:latest' })).toEqual([expect.stringMatching(/^A reads a:latest: its value can change/)])
})
