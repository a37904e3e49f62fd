import { beforeEach, describe, expect, test } from 'vitest'
import { create, emulatedCloud, freshId, nameOf, refusal } from '#emulator/contract/clients.ts'

const cloud = emulatedCloud()
const writing = ['run.services.update', 'run.services.create']
const ask = async (id: string, permissions = writing) => (await cloud.services.testIamPermissions({ resource: nameOf(id), permissions }))[0].permissions

beforeEach(() => cloud.emulator.control('iam', { withheld: [] }))

describe('TestIamPermissions', () => {
  test('answers those of the asked that the caller has (iam_policy.proto, TestIamPermissionsResponse)', async () => {
    const id = freshId()
    await create(cloud, id)
    expect(await ask(id)).toEqual(writing)
    await cloud.emulator.control('iam', { withheld: ['run.services.update'] })
    expect(await ask(id)).toEqual(['run.services.create'])
    await cloud.emulator.control('iam', { withheld: writing })
    expect(await ask(id)).toEqual([])
  })

  test('answers an empty set for a service that is not there, and no NOT_FOUND (iam_policy.proto, rpc TestIamPermissions)', async () => {
    expect(await ask(freshId())).toEqual([])
  })

  test('refuses wildcards (iam_policy.proto, permissions; the text is assumed)', async () => {
    const id = freshId()
    await create(cloud, id)
    expect(await refusal(ask(id, ['run.*']))).toMatchObject({ code: 3 })
  })

  test('is no write', async () => {
    const id = freshId()
    await create(cloud, id)
    await ask(id)
    const calls = await cloud.emulator.calls({ write: false, rpc: 'TestIamPermissions' })
    expect(calls.at(-1)).toMatchObject({ write: false, service: nameOf(id) })
  })
})
