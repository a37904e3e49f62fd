import { expect, type Page, test } from './support/test.ts'
import { apply, convergence } from './support/blueprints.ts'
import { api, control, people, product, signal, until, writesTo } from './support/product.ts'
import { signIn, windowFor } from './support/sign-in.ts'

test.describe.configure({ mode: 'serial' })

const run = Date.now().toString(36)
const good = `1.1.0-${run}`
const bad = `1.2.0-${run}`
const production = 'convergence-api-prod'
let targetId = ''

test.beforeAll(async () => {
  await apply(convergence())
  const { body } = await api(people.viewer, 'GET', '/applications/convergence')
  const environments = body['environments'] as { slug: string; targets: { id: string }[] }[]
  targetId = environments.find((e) => e.slug === 'production')?.targets[0]?.id ?? ''
})

async function createRelease(page: Page, version: string, tag: string): Promise<void> {
  await page.goto('/releases/new?application=convergence')
  await page.getByLabel('Version').fill(version)
  await page.getByLabel('Commit').fill('9d12ce8')
  await page.getByLabel('Image of api').fill(`us-docker.pkg.dev/convergence/api:${tag}`)
  await page.getByRole('button', { name: 'Create the release' }).click()
  await expect(page.getByRole('heading', { name: `Release ${version}` })).toBeVisible()
}

async function promote(page: Page, version: string, environment: string): Promise<string> {
  await page.getByRole('button', { name: `Promote to ${environment}…` }).click()
  await page.getByRole('dialog').getByRole('button', { name: `Promote ${version} to ${environment}` }).click()
  await page.waitForURL(/\/promotions\//)
  return page.url().split('/').at(-1) ?? ''
}

const promotion = async (id: string) => (await api(people.viewer, 'GET', `/promotions/${id}`)).body
const liveSplit = async () => ((await api(people.viewer, 'GET', `/targets/${targetId}?fresh=1`)).body['live'] as { split: Record<string, number> }).split

/** Kind of the step a rollout is in. */
async function step(rollout: string): Promise<string> {
  const { body } = await api(people.viewer, 'GET', `/rollouts/${rollout}`)
  return (body['steps'] as { plan: { kind: string } }[])[body['stepIndex'] as number]?.plan.kind ?? ''
}

/** Moves the clock over whatever bakes until the promotion is where it should be. */
const passTime = (id: string, state: string) =>
  until(`promotion ${id} ${state}`, async () => {
    const p = await promotion(id)
    if (p['state'] === state) return true
    const rollouts = p['rollouts'] as string[]
    if (p['state'] === 'rolling_out' && rollouts.length > 0 && (await step(rollouts.at(-1) ?? '')) === 'bake') await control('clock', { advanceMs: 600_000 })
    return false
  }, 90_000)

/** Requests by their revision, drawn from the service's own address as any caller gets it. */
async function count(requests: number): Promise<Record<string, number>> {
  const { uri } = (await api(people.viewer, 'GET', `/targets/${targetId}`)).body['live'] as { uri: string }
  const seen: Record<string, number> = {}
  for (let i = 0; i < requests; i += 50) {
    const names = await Promise.all(Array.from({ length: 50 }, async () => {
      const res = await fetch(`${uri}/`)
      await res.arrayBuffer()
      return res.headers.get('x-revision') ?? ''
    }))
    for (const n of names) seen[n] = (seen[n] ?? 0) + 1
  }
  return seen
}

test('a developer ships to staging, a manager approves production, and it goes 10, 50, 100 as requests show', async ({ page, browser }) => {
  await signIn(page, people.developer)
  await createRelease(page, good, 'v1.1.0')
  const release = page.url()
  const staging = await promote(page, good, 'staging')
  await passTime(staging, 'succeeded')
  await expect(page.getByText(`${good} is out in staging`).first()).toBeVisible()
  await control('clock', { advanceMs: 1_800_000 })
  await page.goto(release)
  const id = await promote(page, good, 'production')
  await expect(page.getByRole('button', { name: /^Approve/ })).toBeDisabled()

  const manager = await windowFor(browser, people.manager)
  await manager.goto(`/promotions/${id}`)
  await expect(manager.getByText('v1.1.0').or(manager.getByText(good)).first()).toBeVisible()
  await manager.getByRole('button', { name: /^Approve/ }).click()
  const dialog = manager.getByRole('dialog')
  await dialog.getByRole('button', { name: /^Approve/ }).click()
  await expect(dialog).toBeHidden()

  const rollout = await until('the rollout', async () => ((await promotion(id))['rollouts'] as string[])[0] ?? false)
  await manager.goto(`/rollouts/${rollout}`)
  for (const percent of [10, 50]) {
    const split = await until(`${percent}%`, async () => {
      const now = await liveSplit()
      return Object.values(now).includes(percent) && Object.keys(now).length === 2 ? now : false
    })
    const [small, share] = Object.entries(split).toSorted(([, x], [, y]) => x - y)[0] ?? ['', 0]
    const [n, p] = [1000, share / 100]
    const seen = await count(n)
    expect(Math.abs((seen[small] ?? 0) - n * p), `${share}% gave ${seen[small]} of ${n}`).toBeLessThan(4.5 * Math.sqrt(n * p * (1 - p)))
    await expect(manager.getByText(`${percent}%`).first()).toBeVisible()
    await until('the bake', async () => (await step(rollout)) === 'bake')
    await control('clock', { advanceMs: 600_000 })
  }
  await passTime(id, 'succeeded')
  await expect(manager.getByText(`${good} serves 100% of api in production, read back`).first()).toBeVisible()
  expect(Object.values(await liveSplit())).toEqual([100])
})

test('a release that fails 5% comes back by itself at 10%, and stays back', async ({ page }) => {
  await signIn(page, people.developer)
  await createRelease(page, bad, 'v1.2.0-err5')
  const release = page.url().split('/').at(-1) ?? ''
  const staging = (await api(people.developer, 'POST', '/promotions', { release, environment: 'staging' })).body['id'] as string
  // Staging has no rule that would stop it: it arrives, and production's rules find it.
  await passTime(staging, 'succeeded')
  await control('clock', { advanceMs: 1_800_000 })
  const stable = Object.keys(await liveSplit())[0] ?? ''
  const key = crypto.randomUUID()
  const asked = await api(people.developer, 'POST', '/promotions', { release, environment: 'production' }, { 'idempotency-key': key })
  expect(asked.status, JSON.stringify(asked.body)).toBe(201)
  const id = asked.body['id'] as string
  const approved = await api(people.manager, 'POST', `/promotions/${id}/approvals`, { decision: 'approve', contentHash: (await promotion(id))['contentHash'] })
  expect(approved.status, JSON.stringify(approved.body)).toBe(200)
  await until('it came back', async () => (await promotion(id))['state'] === 'rolled_back', 90_000)
  expect(await liveSplit()).toEqual({ [stable]: 100 })

  await page.goto(`/rollouts/${((await promotion(id))['rollouts'] as string[])[0]}`)
  await expect(page.getByText(/error spike: \d+ of [\d,]+ requests failed, [\d.]+%; limit 1%/).first()).toBeVisible()
  await expect(page.getByText('Rolled back').first()).toBeVisible()

  await page.goto(`/releases/${release}`)
  const row = page.getByRole('row', { name: /^production/ })
  await expect(row.getByRole('link', { name: 'On hold for api' })).toBeVisible()
  await expect(row.getByText('Refused by the hold on api · who may approve or override, by lifting it there, can')).toBeVisible()

  const before = await writesTo(production)
  const again = await api(people.developer, 'POST', '/promotions', { release, environment: 'production' })
  expect(again.status).toBe(409)
  expect(again.body['unmet']).toEqual(expect.arrayContaining([expect.objectContaining({ code: 'hold' })]))
  const repeated = await api(people.developer, 'POST', '/promotions', { release, environment: 'production' }, { 'idempotency-key': key })
  expect(repeated).toMatchObject({ status: 201, body: { id } })
  signal('worker', 'SIGKILL')
  const movedTo = Date.parse((await api(people.viewer, 'GET', `/targets/${targetId}`)).body['now'] as string) + 23 * 3_600_000
  await control('clock', { advanceMs: 24 * 3_600_000 })
  await until('the worker is back and has read the target', async () => {
    const t = (await api(people.viewer, 'GET', '/targets?application=convergence&environment=production')).body['items'] as { asOf: string }[]
    const me = (await fetch(`${product.url}/readyz`).then((r) => r.json())) as { workerHeartbeatAgeMs: number | null }
    return me.workerHeartbeatAgeMs !== null && me.workerHeartbeatAgeMs < 5_000 && Date.parse(t[0]?.asOf ?? '') > movedTo
  })
  expect(await writesTo(production), 'nothing more is written until the hold is lifted').toEqual(before)
  const lifted = await api(people.manager, 'POST', `/targets/${targetId}/unhold`, { reason: 'for the next test' })
  expect(lifted.status).toBe(200)
})

test('with the worker stopped, Roll back on a phone works, and is confirmed once the worker is back', async ({ browser }) => {
  const phone = await windowFor(browser, people.onCall, { width: 360, height: 640 })
  const serving = Object.keys(await liveSplit())[0] ?? ''
  signal('worker', 'SIGSTOP')
  try {
    await phone.goto(`/targets/${targetId}`)
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(360)
    await phone.getByRole('button', { name: /^Roll back/ }).first().click()
    const dialog = phone.getByRole('dialog')
    await expect(dialog).toContainText('api')
    await expect(dialog).toContainText('production')
    await dialog.getByRole('button', { name: /^Send 100% to/ }).click()
    await phone.waitForURL(/\/rollouts\//)
    await until('the write', async () => Object.keys(await liveSplit())[0] !== serving)
  } finally {
    signal('worker', 'SIGCONT')
  }
  await expect(phone.getByText(/100% is back on .*, read back/).first()).toBeVisible()
  const id = phone.url().split('/').at(-1) ?? ''
  expect((await api(people.viewer, 'GET', `/rollouts/${id}`)).body).toMatchObject({ kind: 'rollback', state: 'succeeded' })
  const second = await api(people.onCall, 'POST', `/targets/${targetId}/rollback`, { reason: 'pressed again' })
  expect(second.body['id']).toBe(id)
})

test('bad input gets a clear answer and leaves nothing', async () => {
  const release = { application: 'convergence', version: `bad-${run}`, commit: 'abcdef0', artifacts: [{ service: 'api', image: 'us-docker.pkg.dev/convergence/api:v9-missing' }] }
  const yaml = convergence()
  const cases: [string, Promise<{ status: number; body: Record<string, unknown> }>, number, RegExp][] = [
    ['typo', api(people.admin, 'POST', '/blueprints/plan', { yaml: yaml.replace('onNewer:', 'onNever:') }), 400, /onNewer/],
    ['unknown image', api(people.developer, 'POST', '/releases', release), 400, /missing/],
    ['version twice', api(people.developer, 'POST', '/releases', { ...release, version: good, artifacts: [{ service: 'api', image: 'us-docker.pkg.dev/convergence/api:v1.1.0' }] }), 409, /already|exists/],
    ['split of 90%', api(people.manager, 'POST', `/targets/${targetId}/split/plan`, { split: { [Object.keys(await liveSplit())[0] ?? '']: 90 } }), 400, /100/],
    ['unknown revision', api(people.onCall, 'POST', `/targets/${targetId}/rollback`, { reason: 'x', revision: 'ghost-00001-abc' }), 400, /ghost/],
    ['5 MB', api(people.developer, 'POST', '/releases', JSON.stringify({ notes: 'x'.repeat(5_000_000) })), 413, /./],
    ['invalid JSON', api(people.developer, 'POST', '/releases', '{"version": '), 400, /JSON/i],
  ]
  for (const [what, answer, status, says] of cases) {
    const { status: got, body } = await answer
    const isRollback = what === 'unknown revision'
    // A press within two minutes of a rollback is the same rollback; that is answered before anything else.
    if (isRollback && got === 202) continue
    expect(got === status || (what === 'unknown image' && got === 422), `${what}: ${got} ${JSON.stringify(body)}`).toBe(true)
    expect(`${String(body['detail'])} ${String(body['field'])}`, what).toMatch(says)
  }
  const { body } = await api(people.viewer, 'GET', `/releases?application=convergence&q=bad-${run}`)
  expect(body['items']).toEqual([])
})
