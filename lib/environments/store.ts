import 'server-only'
import type { Grant } from '#lib/access/actor.ts'
import { db } from '#lib/platform/db/client.ts'

export type PersonWithRoles = { email: string; bindings: Grant[] }

/** Who may sign in and has any role, by address; one statement however many applications are shown. */
export const listPeopleWithRoles = (): Promise<PersonWithRoles[]> =>
  db.person.findMany({
    where: { disabledAt: null, bindings: { some: {} } },
    orderBy: { email: 'asc' },
    select: { email: true, bindings: { select: { role: true, applicationId: true, environmentId: true } } },
  })
