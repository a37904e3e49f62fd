import { expect, test } from 'vitest'
import { testPerson } from '#lib/access/testing/people.ts'
import { listApplications } from '#lib/applications/contract.ts'
import { list } from '#lib/applications/service.ts'
import { apply } from '#lib/blueprints/service.ts'
import { db } from '#lib/platform/db/client.ts'
import { testDatabase } from '#lib/platform/testing/database.ts'

await testDatabase()
const admin = await testPerson('admin', ['admin'])
const names = ['calm', 'drifted', 'kept', 'moving', 'unread']
await apply(admin.actor, {
  yaml: `apiVersion: sluice/v1
kind: Application
metadata: { name: alpha, title: Alpha, owner: team }
spec:
  services:
${names.map((n) => `    - { name: ${n}, kind: service }`).join('\n')}
  environments:
    - name: production
      tier: production
      strategy: straight
      targets:
${names.map((n) => `        - { service: ${n}, cloudRun: { project: alpha, region: us-central1, service: ${n} } }`).join('\n')}
  strategies: [{ name: straight, steps: [{ deploy: {} }, { setWeight: 100 }] }]
`,
})
const target = async (slug: string) => (await db.target.findFirstOrThrow({ where: { service: { slug } } })).id
const at = new Date()
await db.target.update({ where: { id: await target('calm') }, data: { snapshotAt: at, snapshot: { split: { 'calm-00001-abc': 100 }, observation: {}, revisions: [] } } })
await db.target.update({ where: { id: await target('drifted') }, data: { drift: { expected: {}, observed: {}, since: at.toISOString(), actor: 'somebody', message: 'moved' } } })
await db.target.update({ where: { id: await target('unread') }, data: { snapshotError: 'no permission' } })
await db.targetHold.create({ data: { targetId: await target('kept'), digests: [], reason: 'broken', byName: 'Olga', at } })
await db.targetHold.create({ data: { targetId: await target('calm'), digests: [], reason: 'long ago', byName: 'Olga', at, liftedAt: at } })
await db.rollout.create({ data: { targetId: await target('moving'), kind: 'promotion', state: 'running', plan: {}, contentHash: '', steps: [], verdicts: [], createdBy: 'dora', createdAt: at } })

const targetsIn = async (input: Record<string, unknown>) => (await list(admin.actor, listApplications.input.parse(input))).items.flatMap((a) => a.environments.flatMap((e) => e.targets))

test('all targets come with the split that was last read', async () => {
  const targets = await targetsIn({})
  expect(targets.map((t) => t.service)).toEqual(names)
  expect(targets.map((t) => t.split)).toEqual([{ 'calm-00001-abc': 100 }, null, null, null, null])
})

test('in brief, only targets where something is up come along', async () => {
  expect((await targetsIn({ targets: 'notable' })).map((t) => t.service)).toEqual(['drifted', 'kept', 'moving', 'unread'])
})
