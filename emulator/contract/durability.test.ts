import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { clientsFor, create, deploy, get, nameOf, pin, shift, shortOf, split } from '#emulator/contract/clients.ts'
import { Journal } from '#emulator/state/journal.ts'
import { launchEmulator } from '#emulator/testing.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'sluice-emulator-durable-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

describe('kill -9', () => {
  test('loses nothing that was answered: services, etags, tags, images, settings, writes logged, requests counted', async () => {
    const first = await launchEmulator({ dataDir })
    const before = clientsFor(first.port)
    await create(before, 'kept')
    const second = await deploy(before, 'kept', 'v2-verifyfail')
    await shift(before, 'kept', [pin('kept-00001-abc', 90), pin(second, 10), pin(second, 0, 'blue')])
    await first.control('load', { service: 'kept', requestsPerSecond: 5 })
    await (await fetch(`${(await get(before, 'kept')).uri ?? ''}/`)).arrayBuffer()
    const seen = await get(before, 'kept')
    const calls = await first.calls()
    await first.stop('SIGKILL')

    const next = await launchEmulator({ dataDir, env: { EMULATOR_PORT: String(first.port) } })
    try {
      const after = clientsFor(next.port)
      expect(await get(after, 'kept')).toEqual(seen)
      expect((await after.revisions.listRevisions({ parent: nameOf('kept') }))[0].map(one => shortOf(one.name))).toEqual([second, 'kept-00001-abc'])
      expect(await next.calls()).toEqual(calls)
      expect(await next.control('')).toMatchObject({ realRequests: 1, services: [{ requestsPerSecond: 5 }] })
      expect((await fetch(`${seen.trafficStatuses?.[2]?.uri ?? ''}/`)).status).toBe(500)
      await shift(after, 'kept', [pin(second, 100)], seen.etag)
      expect(split(await get(after, 'kept'))).toEqual([`${second}=100`])
      expect((await next.calls({ since: calls.at(-1)?.seq ?? 0 })).map(call => call.rpc)).toEqual(['UpdateService'])
    } finally {
      await next.stop()
    }
  })

  test('an operation that was open is open again, and ends by product time', async () => {
    const first = await launchEmulator({ dataDir })
    await create(clientsFor(first.port), 'open')
    await first.control('operations', { delayMs: 3_600_000 })
    await clientsFor(first.port).services.updateService({ service: { name: nameOf('open'), traffic: [pin('open-00001-abc', 100)] }, updateMask: { paths: ['traffic'] } })
    await first.stop('SIGKILL')
    const next = await launchEmulator({ dataDir })
    try {
      expect((await get(clientsFor(next.port), 'open')).reconciling).toBe(true)
      await next.control('clock', { advanceMs: 3_600_000 })
      const service = await get(clientsFor(next.port), 'open')
      expect(split(service)).toEqual(['open-00001-abc=100'])
      // It came back on another port, and so did the addresses it gives out.
      expect((await fetch(`${service.uri ?? ''}/`)).status).toBe(200)
    } finally {
      await next.stop()
    }
  })
})

describe('the process', () => {
  test('a taken port is one clear line and exit 1, and leaves the owner\'s state alone', async () => {
    const owner = await launchEmulator({ dataDir })
    try {
      await expect(launchEmulator({ dataDir, env: { EMULATOR_PORT: String(owner.port) } })).rejects.toThrow(new RegExp(`ended with 1 .*\\nPort ${owner.port} of 127\\.0\\.0\\.1 is taken: set EMULATOR_PORT to a free one\\.$`))
      await create(clientsFor(owner.port), 'fine')
    } finally {
      await owner.stop()
    }
  })
})

describe('the journal', () => {
  test('drops a torn last line, which nobody was answered for', () => {
    const journal = new Journal(dataDir)
    journal.commit([{ table: 't', key: 'a', value: 1 }], true)
    journal.close()
    appendFileSync(join(dataDir, 'journal-0.jsonl'), '[["t","b",')
    const again = new Journal(dataDir)
    expect([...again.table('t')]).toEqual([['a', 1]])
    again.commit([{ table: 't', key: 'c', value: 3 }], true)
    again.close()
    expect([...new Journal(dataDir).table('t').keys()]).toEqual(['a', 'c'])
  })

  test('is the same after compaction, and goes on in a new file', () => {
    const journal = new Journal(dataDir)
    for (let i = 0; i < 100; i++) journal.commit([{ table: 't', key: String(i % 10), value: i }, { table: 't', key: 'gone', value: i % 2 === 0 ? i : undefined }], false)
    journal.compact()
    journal.commit([{ table: 't', key: 'after', value: true }], true)
    journal.close()
    const again = new Journal(dataDir).table('t')
    expect(Object.fromEntries(again)).toEqual({ 0: 90, 1: 91, 2: 92, 3: 93, 4: 94, 5: 95, 6: 96, 7: 97, 8: 98, 9: 99, after: true })
  })
})
