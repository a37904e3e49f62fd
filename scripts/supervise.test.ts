import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { supervise } from '#scripts/supervise.ts'

test('a part that ends is started again after a second, with a line that says why', async () => {
  const { part, logFile } = partRunning('console.log("no database"); process.exit(3)')
  const lines: string[] = []
  const supervised = supervise(part, (line) => lines.push(line))
  await vi.waitFor(() => expect(lines).toHaveLength(2), { timeout: 10_000 })
  await supervised.stop()
  expect(lines[0]).toBe('worker ended (code 3); starting it again in 1 s. Its log ends: no database')
  expect(lines[1]).toMatch(/^worker ended \(code 3\); starting it again in 2 s/)
  expect(readFileSync(logFile, 'utf8')).toBe('no database\nno database\n')
})

test('stop asks first, and ends what does not listen', async () => {
  const { part, logFile } = partRunning('process.on("SIGTERM", () => console.log("asked")); console.log("up"); setInterval(() => {}, 1000)')
  const supervised = supervise(part, () => undefined)
  await vi.waitFor(() => expect(readFileSync(logFile, 'utf8')).toBe('up\n'), { timeout: 10_000 })
  await supervised.stop(200)
  expect(readFileSync(logFile, 'utf8')).toBe('up\nasked\n')
  expect(supervised.restarts()).toBe(0)
})

function partRunning(source: string) {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-part-'))
  const file = path.join(folder, 'part.mjs')
  writeFileSync(file, source)
  const logFile = path.join(folder, 'log')
  return { logFile, part: { name: 'worker', args: [file], env: {}, logFile, pidFile: path.join(folder, 'pid') } }
}
