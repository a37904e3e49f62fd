import { hashPassword } from '#lib/access/password.ts'
import type { Actor, RoleName } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'
import { seedId } from '#prisma/seed/random.ts'

export const demoPeople = {
  admin: { name: 'Ada Admin', role: 'admin' },
  manager: { name: 'Mona Manager', role: 'release_manager' },
  manager2: { name: 'Mats Manager', role: 'release_manager' },
  developer: { name: 'Dev Developer', role: 'developer' },
  oncall: { name: 'Olga On-call', role: 'on_call' },
  viewer: { name: 'Vic Viewer', role: 'viewer' },
} as const satisfies Record<string, { name: string; role: RoleName }>
export type DemoPerson = keyof typeof demoPeople

const emailOf = (who: DemoPerson): string => `${who}@example.test`

/** Makes the demo accounts that are missing. One that exists keeps what people changed: name, roles, disabled. */
export async function ensurePeople(): Promise<void> {
  const known = new Set((await db.person.findMany({ where: { email: { in: names.map(emailOf) } }, select: { email: true } })).map((p) => p.email))
  const missing = names.filter((who) => !known.has(emailOf(who)))
  if (missing.length === 0) return
  const passwordHash = await hashPassword('demo')
  await db.$transaction(missing.map((who) => db.person.create({ data: { id: seedId('person', who), email: emailOf(who), name: demoPeople[who].name, passwordHash, bindings: { create: { role: demoPeople[who].role } } } })))
}
const names = Object.keys(demoPeople) as DemoPerson[]

/** As the person did it, by session. */
export const actorOf = (who: DemoPerson): Actor => ({
  kind: 'person', id: seedId('person', who), name: demoPeople[who].name, email: emailOf(who),
  grants: [{ role: demoPeople[who].role, applicationId: null, environmentId: null }], scopes: null, tokenId: null, requestId: null,
})
