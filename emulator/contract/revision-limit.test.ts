import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { clientsFor, create, deploy, nameOf, pin, shift, shortOf } from '#emulator/contract/clients.ts'
import { State, put } from '#emulator/state/state.ts'
import { launchEmulator } from '#emulator/testing.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'sluice-emulator-limit-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))
const id = 'old'

/** A thousand deployments would take a test's time: the revisions from the second to the thousandth are written as they would be kept. */
function growTo(count: number): void {
  const state = new State(join(dataDir, 'emulator'))
  const owner = state.table('services').get(nameOf(id))
  const first = state.table('revisions').get(`${nameOf(id)}/revisions/${id}-00001-abc`)
  if (!owner || !first) throw new Error('the service was not kept')
  const more = Array.from({ length: count - 1 }, (_, i) => {
    const number = i + 2
    const name = `${nameOf(id)}/revisions/${id}-${String(number).padStart(5, '0')}-xyz`
    return put('revisions', name, { ...first, number, revision: { ...first.revision, name } })
  })
  state.commit(...more, put('services', nameOf(id), { ...owner, revisionCount: count }))
  state.close()
}

test('beyond 1,000 revisions the oldest that no URL reaches goes (gcp.md 3.4)', async () => {
  const before = await launchEmulator({ dataDir })
  await create(clientsFor(before.port), id)
  await shift(clientsFor(before.port), id, [pin(`${id}-00001-abc`, 100)])
  await before.stop()
  growTo(1000)
  const after = await launchEmulator({ dataDir })
  try {
    const clients = clientsFor(after.port)
    const made = await deploy(clients, id, 'v2')
    const [revisions] = await clients.revisions.listRevisions({ parent: nameOf(id) })
    const names = revisions.map(one => shortOf(one.name))
    expect(names).toHaveLength(1000)
    expect(names[0]).toBe(made)
    expect(names).toContain(`${id}-00001-abc`)
    expect(names).not.toContain(`${id}-00002-xyz`)
    expect(names).toContain(`${id}-00003-xyz`)
  } finally {
    await after.stop()
  }
})
