/** `npm run web`, `npm run worker`, `npm run emulator`: one part alone, in this terminal, with the settings of `npm start`. */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { env, SettingError } from '#lib/platform/env.ts'
import { build, isBuilt } from '#scripts/build.ts'
import { ensureSessionSecret } from '#scripts/data-folder.ts'
import { generateClient } from '#scripts/generate.ts'
import { part, type PartName, root } from '#scripts/parts.ts'
import { portProblem } from '#scripts/ports.ts'

const names: readonly string[] = ['web', 'worker', 'emulator'] satisfies PartName[]
const isPart = (name: string): name is PartName => names.includes(name)
const name = process.argv[2] ?? ''
if (!isPart(name)) end(`Say which part to run: ${names.join(', ')}`)

try {
  const dataFolder = path.resolve(process.env['SLUICE_DATA_DIR'] || '.data')
  if (!process.env['DATABASE_URL']) ensureSessionSecret(dataFolder)
  const ports = { web: ['PORT', env().PORT], emulator: ['EMULATOR_PORT', env().EMULATOR_PORT] } as const
  const [setting, port] = name === 'web' || name === 'emulator' ? ports[name] : [undefined, 0]
  const problem = setting && (await portProblem(port, setting))
  if (problem) end(problem)
  generateClient()
  if (name === 'web' && !isBuilt()) await build()
  const { args, env: settings } = part(name, dataFolder)
  const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...settings } })
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal))
  child.once('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
} catch (error) {
  if (error instanceof SettingError || error instanceof Error) end(error.message)
  throw error
}

function end(line: string): never {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}
