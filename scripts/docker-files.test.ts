import { type ChildProcess, spawn } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { testDatabase } from '#lib/platform/testing/database.ts'
import { isBuilt } from '#scripts/build.ts'
import { bundle } from '#scripts/bundle.ts'
import { freePort } from '#scripts/postgres.ts'

const root = path.resolve(import.meta.dirname, '..')
const dockerfile = readFileSync(path.join(root, 'Dockerfile'), 'utf8')

// Building takes a minute: scripts/test.ts runs this file again, after the build.
describe.runIf(process.env['SLUICE_TEST_IMAGE'] === '1')('what the image copies runs alone, in an empty folder, as a plain user', async () => {
  const database = await testDatabase()
  const port = await freePort()
  const image = mkdtempSync(path.join(os.tmpdir(), 'sluice-image-'))
  const running: ChildProcess[] = []

  beforeAll(async () => {
    expect(isBuilt(), 'npm run build comes first').toBe(true)
    await bundle()
    for (const [from, to] of copies()) cpSync(path.join(root, from), path.join(image, to), { recursive: true })
    chmodSync(image, 0o755)
  }, 120_000)
  afterAll(() => {
    for (const child of running) child.kill('SIGKILL')
    rmSync(image, { recursive: true, force: true })
  })

  /** The entry as the image starts it, with nothing of this checkout in its environment. */
  const entry = (role: string) => {
    const plain = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
    const settings = {
      PATH: '/usr/bin:/bin',
      NODE_ENV: 'production' as const,
      HOSTNAME: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: database.url,
      SLUICE_CLOUD: 'emulator',
      NEXTAUTH_SECRET: 'a-secret-for-tests-only',
    }
    const child = spawn(nodeForEveryone(image), ['dist/main.mjs', role], { ...plain, cwd: image, env: settings, stdio: 'inherit' })
    running.push(child)
    return child
  }

  test('both parts start, the health check agrees, and SIGTERM ends them', async () => {
    const both = entry('all')
    await vi.waitFor(async () => {
      const readiness = (await (await fetch(`http://127.0.0.1:${port}/readyz`)).json()) as { ready: boolean; workerHeartbeatAgeMs: number | null }
      expect(readiness).toMatchObject({ ready: true, workerHeartbeatAgeMs: expect.any(Number) as number })
    }, { timeout: 60_000, interval: 200 })
    expect(await exitCode(entry('health'))).toBe(0)
    both.kill('SIGTERM')
    expect(await exitCode(both)).toBe(0)
    expect(await exitCode(entry('health'))).toBe(1)
  }, 120_000)

  test('a role that does not exist is one line', async () => {
    expect(await exitCode(entry('both'))).toBe(1)
  })
})

test('the image runs as a plain user and has a health check', () => {
  expect(dockerfile).toMatch(/^USER node$/m)
  expect(dockerfile).toMatch(/^HEALTHCHECK /m)
  expect(copies().map(([from]) => from)).toEqual(['.next/standalone', 'dist'])
})

/** From and to of the last stage's COPY lines, relative to the checkout and the image's folder. */
function copies(): [string, string][] {
  return [...dockerfile.matchAll(/^COPY --from=build (?:--chown=\S+ )?\/src\/(\S+) (\S+)$/gm)].map(([, from = '', to = '']) => [from, to])
}

// The image has its own Node; here it is the pinned one, copied where a plain user can reach it.
function nodeForEveryone(folder: string) {
  const node = path.join(folder, 'node')
  if (!existsSync(node)) cpSync(process.execPath, node, { dereference: true })
  chmodSync(node, 0o755)
  return node
}

const exitCode = (child: ChildProcess) =>
  new Promise<number | null>((resolve) => {
    if (child.exitCode !== null) resolve(child.exitCode)
    else child.once('exit', (code) => resolve(code))
  })
