import { chmodSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { embeddedDatabase, ensureSessionSecret } from '#scripts/data-folder.ts'
import { portProblem } from '#scripts/ports.ts'
import { canReach } from '#scripts/postgres-binaries.ts'
import { freePort } from '#scripts/postgres.ts'
import { hashFiles } from '#scripts/stamp.ts'

const folder = () => mkdtempSync(path.join(os.tmpdir(), 'sluice-folder-'))
const modeOf = (file: string) => (statSync(file).mode & 0o777).toString(8)

test('address and password are made once and are for the owner alone', async () => {
  const data = path.join(folder(), 'new')
  const first = await embeddedDatabase(data)
  expect(await embeddedDatabase(data)).toEqual(first)
  expect(first.password).toHaveLength(24)
  expect(first.url).toBe(`postgresql://sluice:${first.password}@127.0.0.1:${first.port}/sluice`)
  expect(modeOf(path.join(data, 'postgres.json'))).toBe('600')
})

test('the session secret is made once and is for the owner alone', () => {
  const data = folder()
  ensureSessionSecret(data)
  const first = readFileSync(path.join(data, 'secret.json'), 'utf8')
  ensureSessionSecret(data)
  expect(readFileSync(path.join(data, 'secret.json'), 'utf8')).toBe(first)
  expect(modeOf(path.join(data, 'secret.json'))).toBe('600')
})

test('a folder is reachable when every folder above lets others in', () => {
  const outer = folder()
  const inner = path.join(outer, 'inner')
  mkdirSync(inner, { mode: 0o755 })
  const stranger = { uid: 54_321, gid: 54_321 }
  chmodSync(outer, 0o755)
  expect(canReach(inner, stranger)).toBe(true)
  chmodSync(outer, 0o700)
  expect(canReach(inner, stranger)).toBe(false)
})

test('a port in use is one line that names the port and its setting', async () => {
  const port = await freePort()
  expect(await portProblem(port, 'PORT')).toBeUndefined()
  const server = createServer().listen(port, '127.0.0.1')
  afterAll(() => void server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  expect(await portProblem(port, 'PORT')).toBe(`Port ${port} is in use by another program: end it, or set PORT to another port.`)
})

test('the stamp of sources follows names and contents, not tests or times', () => {
  const root = folder()
  const write = (file: string, text: string) => writeFileSync(path.join(root, file), text)
  write('a.ts', '1')
  const first = hashFiles(root, ['.'])
  write('a.test.ts', 'x')
  write('a.ts', '1')
  expect(hashFiles(root, ['.', 'missing'])).toBe(first)
  write('a.ts', '2')
  expect(hashFiles(root, ['.'])).not.toBe(first)
})
