import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBlueprint } from '#lib/blueprints/read.ts'
import { readEnv } from '#lib/platform/env.ts'
import { isBuilt } from '#scripts/build.ts'
import { freePort } from '#scripts/postgres.ts'

const root = path.resolve(import.meta.dirname, '..')
const textOf = (file: string) => readFileSync(path.join(root, file), 'utf8')
const readme = textOf('README.md')

/** Every command block, with the word behind `sh` that says how it is tried here. */
const blocks = [...readme.matchAll(/^```sh *(\S*)\n([\s\S]*?)^```$/gm)].map(([, manner = '', commands = '']) => ({ manner, commands }))
const ofManner = (manner: string) => blocks.filter((b) => b.manner === manner).map((b) => b.commands)
const manners = ['start', 'tests', 'walk', 'gcloud', 'google', 'container']
/** Settings as lib/platform/env.ts lists them; those with a default by the language or the image included. */
const settings = [...(/const Settings = z\.object\(\{([\s\S]*?)^\}\)/m.exec(textOf('lib/platform/env.ts'))?.[1] ?? '').matchAll(/^ {2}([A-Z_]+):/gm)].map(([, name]) => name)

test('every command block says how it is tried', () => {
  expect(blocks.length).toBeGreaterThan(8)
  expect(blocks.filter((b) => !manners.includes(b.manner))).toEqual([])
})

test('links lead to files that are there', () => {
  const pages = ['README.md', 'CONTRIBUTING.md', ...globSync('docs/**/*.md', { cwd: root })]
  const links = pages.flatMap((page) => [...textOf(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g)].map(([, to = '']) => path.join(path.dirname(page), to)))
  expect(links.length).toBeGreaterThan(10)
  expect(links.filter((link) => !existsSync(path.join(root, link)))).toEqual([])
})

test('the table of settings is the list of settings', () => {
  const listed = [...(/^## Settings$([\s\S]*?)^## /m.exec(readme)?.[1] ?? '').matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name]) => name))
  expect(listed.toSorted()).toEqual(settings.toSorted())
})

test('commands that are named exist', () => {
  const { scripts } = JSON.parse(textOf('package.json')) as { scripts: Record<string, string> }
  const named = [...readme.matchAll(/\bnpm (?:run )?(?:-s )?([a-z][a-z:0-9-]*)/g)].map(([, name = '']) => name)
  expect([...new Set(named)].filter((name) => !(name in scripts))).toEqual([])
  expect(ofManner('tests')).toEqual(['npm test\n'])
})

test('the blueprint of the guide can be read', () => {
  const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(textOf('docs/guides/blueprint.md')) ?? []
  expect(readBlueprint(yaml)).toMatchObject({ ok: true })
})

// There is no Google project to change here: the lines run with a gcloud that says what it was told.
test('the roles that are given are the roles of the table', () => {
  const [commands = ''] = ofManner('gcloud')
  const { status, stdout } = spawnSync('bash', ['-euc', `gcloud() { echo "gcloud $*"; }\n${commands}`], { encoding: 'utf8' })
  expect(status).toBe(0)
  const lines = stdout.trim().split('\n')
  expect(lines.filter((line) => !/^gcloud (iam service-accounts create|services enable|(projects|iam service-accounts) add-iam-policy-binding) \S/.test(line) || /[$"]/.test(line))).toEqual([])
  const given = [...stdout.matchAll(/--role=(\S+)/g)].map(([, role]) => role)
  const needed = [...readme.matchAll(/^\| `(roles\/[\w.]+)`/gm)].map(([, role]) => role)
  expect(given.toSorted()).toEqual(needed.toSorted())
})

// Starting would need Google: what the lines set is read as a start reads it, by an npm that says what it was given.
test('the settings for a Google project are accepted', () => {
  const [commands = ''] = ofManner('google')
  const { status, stdout } = spawnSync('bash', ['-euc', `npm() { [ "$*" = start ] && env; }\n${commands}`], { encoding: 'utf8', env: plainEnvironment() })
  expect(status).toBe(0)
  const given = Object.fromEntries(stdout.split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]))
  expect(readEnv(given)).toMatchObject({ SLUICE_CLOUD: 'google', isEmbedded: false, SLUICE_DEMO: false })
})

// No container engine can be counted on: scripts/docker-files.test.ts runs what the image has.
test('containers are given settings and roles that exist', () => {
  const [commands = ''] = ofManner('container')
  const runs = commands.split('\n').filter((line) => line.startsWith('docker run'))
  expect(commands).toMatch(/^docker build -t sluice \.$/m)
  expect(runs.length).toBeGreaterThan(1)
  const names = runs.flatMap((line) => [...line.matchAll(/ -e ([A-Z_]+)/g)].map(([, name]) => name))
  expect(names.filter((name) => !settings.includes(name))).toEqual([])
  const roles = runs.map((line) => / sluice(?: (\w+))?$/.exec(line)?.[1] ?? 'all')
  const known = textOf('scripts/container.ts')
  expect(roles.filter((role) => !new RegExp(`^  ${role}[:,]`, 'm').test(known))).toEqual([])
})

// Building takes a minute: scripts/test.ts runs this file again, after the build.
describe.runIf(process.env['SLUICE_TEST_README'] === '1')('the first five minutes', () => {
  let dataFolder: string
  let product: ChildProcess
  let ports = { web: 0, emulator: 0 }
  let said = ''

  /** What a terminal of a newcomer has, beside the settings that keep this try apart from others on this machine. */
  const terminal = () => ({ ...plainEnvironment(), PORT: String(ports.web), EMULATOR_PORT: String(ports.emulator), SLUICE_DATA_DIR: dataFolder })
  /** As written but for the two ports, which may be taken here. */
  const here = (commands: string) => commands.replaceAll('127.0.0.1:3000', `127.0.0.1:${ports.web}`).replaceAll('127.0.0.1:3010', `127.0.0.1:${ports.emulator}`)

  beforeAll(async () => {
    expect(isBuilt(), 'npm run build comes first').toBe(true)
    dataFolder = mkdtempSync(path.join(os.tmpdir(), 'sluice-readme-'))
    chmodSync(dataFolder, 0o755) // as root, user postgres has to enter it; else the database would outlive the folder elsewhere
    ports = { web: await freePort(), emulator: await freePort() }
    const [start = ''] = ofManner('start')
    product = spawn('bash', ['-euc', `exec ${start}`], { cwd: root, env: terminal(), stdio: ['ignore', 'pipe', 'pipe'] })
    await new Promise<void>((ready, fail) => {
      for (const stream of [product.stdout, product.stderr])
        stream?.setEncoding('utf8').on('data', (text: string) => {
          said += text
          if (said.includes('Ctrl-C ends everything')) ready()
        })
      product.once('exit', (code) => fail(new Error(`npm start ended with ${code}:\n${said}`)))
    })
  }, 180_000)
  afterAll(async () => {
    const ended = new Promise((done) => product.once('exit', done))
    product.kill('SIGTERM')
    await ended
    rmSync(dataFolder, { recursive: true, force: true })
  }, 60_000)

  test('the start prints the address and the accounts of the table', () => {
    expect(said).toContain(`http://127.0.0.1:${ports.web}`)
    const accounts = [...readme.matchAll(/`(\w+@example\.test)`/g)].map(([, account = '']) => account)
    expect(accounts.length).toBeGreaterThan(5)
    expect(accounts.filter((account) => !said.includes(account))).toEqual([])
  })

  test('the walk ends as it says', async () => {
    const mark = '-- next block --'
    const script = ofManner('walk').map(here).join(`echo '${mark}'\n`)
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script], { cwd: root, env: terminal(), timeout: 280_000 })
    const [, good = '', requests = '', bad = '', night = ''] = stdout.split(mark)
    expect(lastLine(good)).toBe('v1.1.0 is out in production')
    expect(requests.trim()).toMatch(/^200 "revision":"[\w-]+"$/)
    expect(bad).toContain('v1.2.0-err5 to production was rolled back')
    expect(lastLine(bad)).toMatch(/refuses this image .*error spike: [\d,]+ of [\d,]+ requests failed/)
    expect(night.trim()).toMatch(/^\{ 'convergence-api-prod-[\w-]+': 100 \}$/)
    const targets = await fetch(`http://127.0.0.1:${ports.emulator}/_control`).then((answer) => answer.json() as Promise<{ services: { name: string; trafficStatuses: { percent?: number }[] }[] }>)
    const production = targets.services.find((s) => s.name.endsWith('/convergence-api-prod'))
    expect(production?.trafficStatuses.filter((s) => s.percent).map((s) => s.percent)).toEqual([100])
  }, 300_000)
})

const lastLine = (text: string) => text.trim().split('\n').at(-1)

/** Nothing of this test run: neither its Node options nor another database. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, USER } = process.env
  return { PATH, HOME, USER } as unknown as NodeJS.ProcessEnv // Next's types want NODE_ENV in it
}
