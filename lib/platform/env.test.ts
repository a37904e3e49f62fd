import { mkdtempSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readEnv, SettingError } from '#lib/platform/env.ts'

const database = { DATABASE_URL: 'postgresql://u:p@db/sluice', SLUICE_CLOUD: 'google', NEXTAUTH_SECRET: 'sixteen characters' }

describe('a wrong or missing setting is one line that names it', () => {
  test.each([
    [{ PORT: 'http' }, 'PORT must be a port from 0 to 65535'],
    [{ PORT: '70000' }, 'PORT must be a port from 0 to 65535'],
    [{ SLUICE_LEASE_MS: '1' }, 'SLUICE_LEASE_MS must be milliseconds from 100 to 600000'],
    [{ SLUICE_CLOUD: 'aws' }, 'SLUICE_CLOUD must be emulator or google'],
    [{ SLUICE_CLOUD: undefined }, 'SLUICE_CLOUD is missing'],
    [{ DATABASE_URL: undefined }, 'DATABASE_URL is missing'],
    [{ DATABASE_URL: 'mysql://db/x' }, 'DATABASE_URL must be an address such as postgresql://'],
    [{ NEXTAUTH_SECRET: undefined }, 'NEXTAUTH_SECRET is missing'],
    [{ SLUICE_ADMINS: 'a@example.test,nobody' }, 'SLUICE_ADMINS must be e-mail addresses'],
    [{ OIDC_ISSUER: 'https://login.example.test' }, 'OIDC_CLIENT_ID and OIDC_CLIENT_SECRET missing'],
    [{ SLUICE_DEMO: 'yes', PORT: 'x' }, 'PORT must be a port from 0 to 65535; SLUICE_DEMO must be 0 or 1'],
  ])('%j', (change, line) => {
    const read = () => readEnv({ ...database, ...change })
    expect(read).toThrow(SettingError)
    expect(read).toThrow(line)
  })

  test('a secret that is too short is not repeated', () => {
    expect(() => readEnv({ ...database, NEXTAUTH_SECRET: 'short' })).toThrow(/^NEXTAUTH_SECRET must be at least 16 characters$/)
  })
})

test('credentials of a Prometheus are read by host and port, and never repeated', () => {
  const read = (text: string) => [...readEnv({ ...database, SLUICE_PROMETHEUS_AUTH: text }).SLUICE_PROMETHEUS_AUTH]
  expect(read('')).toEqual([])
  expect(read('Prometheus.shop.example=Bearer a.b-c==, 10.8.0.4:9090=Basic c2x1aWNlOg==,[::1]:9090=bearer x,prom_1:9090=Bearer y')).toEqual([['prometheus.shop.example', 'Bearer a.b-c=='], ['10.8.0.4:9090', 'Basic c2x1aWNlOg=='], ['[::1]:9090', 'bearer x'], ['prom_1:9090', 'Bearer y']])
  for (const wrong of ['secret', 'host=secret', 'https://host=Bearer secret', 'host=Bearer', 'host=Bearer secret secret', 'host=Bearer secret\r\nx: y', 'host=Bearer secret,HOST=Bearer other'])
    expect(() => read(wrong)).toThrow(/^SLUICE_PROMETHEUS_AUTH must be host=Bearer token or host=Basic credentials, several separated by commas, each host once$/)
})

test('an empty value counts as not set', () => {
  expect(readEnv({ ...database, PORT: '', SLUICE_URL: ' ' })).toMatchObject({ PORT: 3000, SLUICE_URL: 'http://127.0.0.1:3000' })
})

test('demo accounts exist in the embedded default only, unless asked for', () => {
  expect(readEnv(database).SLUICE_DEMO).toBe(false)
  expect(readEnv({ ...database, SLUICE_DEMO: '1' }).SLUICE_DEMO).toBe(true)
  expect(readEnv({ SLUICE_DATA_DIR: dataFolder() }).SLUICE_DEMO).toBe(true)
  expect(readEnv({ SLUICE_DATA_DIR: dataFolder(), SLUICE_DEMO: '0' }).SLUICE_DEMO).toBe(false)
})

test.each([
  ['single sign-on', { OIDC_ISSUER: 'https://login.example.test', OIDC_CLIENT_ID: 'sluice', OIDC_CLIENT_SECRET: 'secret' }],
  ['Google', { GOOGLE_CLIENT_ID: 'sluice', GOOGLE_CLIENT_SECRET: 'secret' }],
])('with real sign-in by %s there are none in the embedded default either, unless asked for', (_name, settings) => {
  const given = { SLUICE_DATA_DIR: dataFolder(), ...settings }
  expect(readEnv(given)).toMatchObject({ isEmbedded: true, SLUICE_DEMO: false })
  expect(readEnv({ ...given, SLUICE_DEMO: '1' }).SLUICE_DEMO).toBe(true)
})

test('with no settings the database and the secret come from the data folder', () => {
  expect(readEnv({ SLUICE_DATA_DIR: dataFolder() })).toMatchObject({ DATABASE_URL: 'postgresql://x@127.0.0.1:1/sluice', NEXTAUTH_SECRET: 'made at the first start', isEmbedded: true })
})

test('before the first start the line says what to run', () => {
  expect(() => readEnv({ SLUICE_DATA_DIR: '/nowhere' })).toThrow('/nowhere/postgres.json does not exist: run npm start')
})

function dataFolder() {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-env-'))
  writeFileSync(path.join(folder, 'postgres.json'), JSON.stringify({ url: 'postgresql://x@127.0.0.1:1/sluice', folder: '' }))
  writeFileSync(path.join(folder, 'secret.json'), JSON.stringify({ nextauth: 'made at the first start' }))
  return folder
}
